// Shows the API's own description, and signs the calls that people try with their token.

const wished = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
const language = wished.find((tag) => ['en', 'es'].includes(tag)) ?? 'en';
document.documentElement.lang = language;
document.title = document.querySelector(`.said[lang="${language}"] h1`).textContent;

const token = document.getElementById('token');

const description = await fetch('/openapi.json').catch(() => undefined);
if (!description?.ok) {
  document.getElementById('failed').hidden = false;
} else {
  const shown = globalThis.SwaggerUIBundle({
    spec: await description.json(),
    dom_id: '#operations',
    // The default asks a host of Swagger's for a badge.
    validatorUrl: null,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    onComplete: () => {
      const sign = () => shown.preauthorizeApiKey('session', token.value.trim().replace(/^Bearer\s+/i, ''));
      token.addEventListener('input', sign);
      // A browser may have kept the value over a reload.
      if (token.value) sign();
    },
  });
}
