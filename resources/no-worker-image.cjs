// The end of the line where resources/workers.yml looks for the worker's image: without one,
// nothing is deployed, and the framework shows this text.
module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  const error = new Error(`Stage ${stage} has no image of the worker. Run: npm run image -- --stage ${stage}`);
  error.stack = error.message; // the framework shows the stack
  throw error;
};
