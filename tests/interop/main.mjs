// The parts of the interop run, one after the other. Started by run. Arguments: names of parts (default: all).
import fs from 'node:fs';
import path from 'node:path';
import { conformance } from './parts/conformance.mjs';
import { conformanceClient } from './parts/conformance-client.mjs';
import { clientsThroughTheHub } from './parts/clients.mjs';
import { here, stopAll } from './lib/processes.mjs';
import { ownChecks } from './parts/own.mjs';
import { npmServers } from './parts/servers.mjs';
import { Report } from './lib/report.mjs';

const parts = { conformance, 'conformance-client': conformanceClient, clients: clientsThroughTheHub, servers: npmServers, own: ownChecks };
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const work = process.env.INTEROP_WORK;
const report = new Report();

process.once('exit', stopAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

for (const name of chosen) {
  fs.mkdirSync(path.join(work, name), { recursive: true });
  const before = [report.passed, report.failed];
  try {
    await parts[name](report, work);
  } catch (error) {
    report.check(false, `the part ${name}`, error.stack);
  }
  console.log(`${name}: ${report.passed - before[0]} passed, ${report.failed - before[1]} failed.`);
}
if (chosen.length === Object.keys(parts).length) report.write(path.join(here, '../../docs/interop.md'));
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exit(report.failed === 0 && report.passed > 0 ? 0 : 1);
