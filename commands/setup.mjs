// Makes a fresh machine ready, and does nothing on one that is: Node packages, a Python
// virtual environment with a CPU build of torch, the local layers, the fixture models.
// Everything is said on stderr: stdout belongs to the command that follows.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';
const venv = join(root, '.venv');
export const python = join(venv, windows ? 'Scripts/python.exe' : 'bin/python');
const torchCpuIndex = 'https://download.pytorch.org/whl/cpu';

const say = (text) => process.stderr.write(`${text}\n`);

export class SetupFailed extends Error {}

function run(command, args, { quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', (error) => reject(new SetupFailed(`${command}: ${error.message}`)));
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) return resolve(text);
      if (!quiet) say(text.split('\n').slice(-30).join('\n'));
      reject(new SetupFailed(`${command} ${args.slice(0, 4).join(' ')} … ended with ${code}`));
    });
  });
}

/** Runs `work` unless it has been done for exactly these inputs before. */
async function once(name, inputs, work) {
  const stamp = join(root, '.build', 'setup', name);
  const digest = createHash('sha256');
  for (const input of inputs) digest.update(existsSync(join(root, input)) ? readFileSync(join(root, input)) : input);
  const key = digest.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
}

function findPython() {
  for (const name of ['python3.13', 'python3.12', 'python3.11', 'python3', 'python']) {
    const probe = spawnSync(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
    const version = probe.stdout?.toString().trim();
    if (probe.status === 0 && ['3.11', '3.12', '3.13'].includes(version)) return [name, version];
  }
  throw new SetupFailed('Python 3.11, 3.12 or 3.13 is needed; install one and run this again.');
}

const pip = (...args) =>
  run(python, ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--quiet', ...args]);

/** torch without CUDA: what pip offers here, else PyTorch's own CPU index, else the registry's. */
async function installTorch() {
  const torch = readFileSync(join(root, 'requirements/torch.txt'), 'utf8').match(/^torch==\S+/m)[0];
  const dry = spawnSync(python, ['-m', 'pip', 'install', '--dry-run', '--quiet', '--no-deps', '--report', '-', torch]);
  const offered = dry.status === 0 ? JSON.parse(dry.stdout).install[0]?.download_info?.url ?? '' : '';
  if (process.platform === 'darwin' || offered.startsWith('file:') || offered.includes('cpu')) {
    await pip('--no-deps', torch);
  } else {
    try {
      await pip('--no-deps', '--index-url', torchCpuIndex, torch);
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error;
      say('  The CPU build of torch is out of reach; taking the registry\'s: about 900 MB, and 3 GB of CUDA with it.');
      await pip(torch);
    }
  }
  await pip('--no-deps', '-r', 'requirements/torch.txt');
  // On Linux the registry's torchaudio links CUDA libraries that a CPU build of torch has not;
  // what the platform uses of it is Python only and works without them.
  if (spawnSync(python, ['-c', 'import torchaudio']).status !== 0) {
    const code = 'import importlib.util as u, pathlib as p; [f.unlink() for f in (p.Path(u.find_spec("torchaudio").origin).parent / "lib").glob("*.so")]';
    await run(python, ['-c', code]);
    await run(python, ['-c', 'import torchaudio']);
  }
}

async function installPython() {
  const [name, version] = findPython();
  await once('python', ['requirements/locked.txt', 'requirements/torch.txt', 'layers/shared/pyproject.toml', 'worker-image/pyproject.toml', 'pyproject.toml', 'commands/setup.mjs', version, venv], async () => {
    say(`Python ${version}: installing WhisperX, torch and the rest into .venv (about 600 MB to download, 2.5 GB on disk) …`);
    if (!existsSync(python)) {
      rmSync(venv, { recursive: true, force: true });
      await run(name, ['-m', 'venv', venv]);
    }
    await pip('--no-deps', '-r', 'requirements/locked.txt');
    await installTorch();
    await pip('--no-deps', '--no-build-isolation', '--config-settings', 'editable_mode=compat', '-e', 'layers/shared', '-e', 'worker-image', '-e', '.');
  });
}

async function installNode() {
  await once('node', ['package-lock.json', `${root}/node_modules`, process.version], async () => {
    say('Node: installing osls and its plugin into node_modules (about 130 MB on disk) …');
    await run(windows ? 'npm.cmd' : 'npm', ['ci', '--loglevel=error']);
  });
}

/** Programs of the system that only the tests and the sample-makers use. */
async function installPrograms(names) {
  const missing = names.filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0 && !spawnSync('apt-get', ['--version']).error;
  if (!asRoot) throw new SetupFailed(`Missing: ${missing.join(', ')}. Install with your package manager (apt-get install ${missing.join(' ')}) and run this again.`);
  say(`System: installing ${missing.join(' and ')} …`);
  await run('apt-get', ['update', '-qq']);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing]);
}

/** @param {{programs?: string[]}} needs programs of the system beyond what every command needs */
export async function setup({ programs = [] } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new SetupFailed(`Node 20.19 or newer is needed, not ${process.version}.`);
  const started = Date.now();
  await Promise.all([installNode(), installPython(), installPrograms(programs)]);
  await run(python, ['-m', 'layers.build']);
  await run(python, ['-m', 'models.unpack']);
  const seconds = Math.round((Date.now() - started) / 1000);
  if (seconds > 20) say(`Ready after ${seconds} s.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup().catch((error) => {
    say(error instanceof SetupFailed ? error.message : error.stack);
    process.exit(1);
  });
}
