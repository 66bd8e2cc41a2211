// The way from a script of package.json to its Python command: set up, then hand over.
//     node commands/run.mjs transcribe talk.mp3 --json
import { spawn } from 'node:child_process';
import { SetupFailed, python, root, setup } from './setup.mjs';

// strace, which only Linux has, watches what ffmpeg opens.
const watcher = process.platform === 'linux' ? ['strace'] : [];
const programs = { test: ['ffmpeg', 'espeak-ng', ...watcher], bench: ['ffmpeg', 'espeak-ng'], quality: ['ffmpeg'] };
const [command, ...args] = process.argv.slice(2);

try {
  await setup({ programs: programs[command] });
} catch (error) {
  process.stderr.write(`${error instanceof SetupFailed ? error.message : error.stack}\n`);
  process.exit(1);
}

const child = spawn(python, ['-m', `commands.${command}`, ...args], { cwd: process.env.INIT_CWD ?? root, stdio: 'inherit' });
// A terminal sends Ctrl-C to the child as well: it cleans up, and this process waits for it.
// `start` is run by programs as well, which may signal this process alone.
process.on('SIGINT', () => command === 'start' && child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
