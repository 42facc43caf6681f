// Runs the published conformance suite against one URL and reads its verdicts.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageFile } from './processes.mjs';

const cli = () => packageFile('@modelcontextprotocol/conformance/dist/index.js');
const rank = { INFO: 0, SKIPPED: 1, SUCCESS: 2, WARNING: 3, FAILURE: 4 };

/** The server scenarios of a revision, in the suite's order: Map of name to required, pending, added-after-release or extension. */
export async function scenarios(revision) {
  const { stdout } = await promisify(execFile)(process.execPath, [cli(), 'list', '--requirements', revision]);
  const found = new Map();
  let kind;
  for (const line of stdout.split('\n')) {
    if (/^Server scenarios/.test(line)) kind = 'required';
    else if (/^(Client|Authorization)/.test(line)) kind = undefined;
    else if (/^Run and reported/.test(line)) kind = undefined;
    const group = line.match(/^\s+([a-z-]+) \(\d+\):$/);
    if (group) kind = group[1];
    const scenario = line.match(/^\s+- (\S+)(?: \[([^\]]*)\])?$/);
    if (scenario && kind && (scenario[2] ?? 'server') === 'server') found.set(scenario[1], kind);
  }
  if (found.size === 0) throw new Error(`the suite lists no server scenario for ${revision}`);
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
