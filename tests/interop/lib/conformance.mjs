// Runs the published conformance suite against one URL, or against a client program, and reads its verdicts.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { here, packageFile } from './processes.mjs';

const cli = () => packageFile('@modelcontextprotocol/conformance/dist/index.js');
const rank = { INFO: 0, SKIPPED: 1, SUCCESS: 2, WARNING: 3, FAILURE: 4 };

/** The scenarios of a revision for one leg, server or client, in the suite's order: Map of name to required, pending, added-after-release or extension. */
export async function scenarios(revision, leg = 'server') {
  const { stdout } = await promisify(execFile)(process.execPath, [cli(), 'list', '--requirements', revision]);
  const found = new Map();
  let kind;
  for (const line of stdout.split('\n')) {
    const part = line.match(/^(Server|Client|Authorization)\b/)?.[1].toLowerCase();
    if (part) kind = part === leg ? 'required' : undefined;
    else if (/^Run and reported/.test(line)) kind = undefined;
    const group = line.match(/^\s+([a-z-]+) \(\d+\):$/);
    if (group) kind = group[1];
    const scenario = line.match(/^\s+- (\S+)(?: \[([^\]]*)\])?$/);
    if (scenario && kind && (scenario[2] ?? leg) === leg) found.set(scenario[1], kind);
  }
  if (found.size === 0) throw new Error(`the suite lists no ${leg} scenario for ${revision}`);
  return found;
}

/** Map of scenario to { verdict: pass | fail | skipped, checks: Map of id to { status, message } }. INFO is the suite's word for a choice that the revision leaves open. */
export async function run(url, revision, directory) {
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  const log = fs.openSync(path.join(directory, 'log.txt'), 'w');
  const child = spawn(process.execPath, [cli(), 'server', '--url', url, '--requirements', revision, '--timeout', '30000', '-o', path.join(directory, 'raw')], {
    stdio: ['ignore', log, log],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 240_000);
  await new Promise((exit) => child.once('exit', exit));
  clearTimeout(limit);
  fs.closeSync(log);
  return read(path.join(directory, 'raw'));
}

/** Plays one scenario to a client program, a shell command that gets the suite's URL as its last argument. The result is like one of run's, with the program's exit code and log. */
export async function playTo(command, scenario, revision, directory) {
  const own = path.join(directory, scenario);
  fs.rmSync(own, { recursive: true, force: true });
  fs.mkdirSync(own, { recursive: true });
  const log = path.join(own, 'log.txt');
  const output = fs.openSync(log, 'w');
  // The suite kills only the shell around a client that takes too long, and then waits for the client's pipes.
  const child = spawn(process.execPath, ['--require', path.join(here, 'lib/loopback.cjs'), cli(), 'client', '--command', `timeout -k 2 45 ${command}`,
    '--scenario', scenario, '--spec-version', revision, '--force', '--timeout', '60000', '-o', path.join(own, 'raw')], { stdio: ['ignore', output, output] });
  const limit = setTimeout(() => child.kill('SIGKILL'), 90_000);
  await new Promise((exit) => child.once('exit', exit));
  clearTimeout(limit);
  fs.closeSync(output);
  // The suite ends with 1 for failed checks too, so the program's own exit code is taken from what it says.
  const text = fs.readFileSync(log, 'utf8');
  const exit = /CLIENT TIMED OUT/.test(text) ? 124 : Number(text.match(/CLIENT EXITED WITH ERROR \(code (-?\d+)/)?.[1] ?? 0);
  return { ...read(path.join(own, 'raw')).get(scenario), exit, log: text };
}

function read(directory) {
  const results = new Map();
  for (const entry of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
    const file = path.join(directory, entry, 'checks.json');
    if (!fs.existsSync(file)) continue;
    const name = entry.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
    const checks = new Map();
    for (const { id, status, errorMessage } of JSON.parse(fs.readFileSync(file, 'utf8'))) {
      // An id may be reported several times; the worst report counts.
      if (rank[status] >= rank[checks.get(id)?.status ?? 'INFO']) checks.set(id, { status, message: errorMessage });
    }
    const statuses = [...checks.values()].map(({ status }) => status);
    results.set(name, { verdict: statuses.includes('FAILURE') ? 'fail' : statuses.includes('SUCCESS') ? 'pass' : 'skipped', checks });
  }
  return results;
}
