// The published suite against a client program that is ClientSession and nothing else.
import path from 'node:path';
import { here } from '../lib/processes.mjs';
import { playTo, scenarios } from '../lib/conformance.mjs';
import { table } from '../lib/report.mjs';

const program = `dotnet ${path.join(here, 'conformance-client/bin/Release/net10.0/McpConformanceClient.dll')}`;
const expected = [
  ['2025-11-25', 4],
  ['2026-07-28', 7],
];

/** Refusing is the right thing to do there. */
const mayRefuse = new Set(['http-invalid-tool-headers']);

export async function conformanceClient(report, work) {
  const rows = [];
  for (const [revision, count] of expected) {
    const planned = [...(await scenarios(revision, 'client'))].filter(([name, kind]) => kind !== 'extension' && !name.startsWith('auth/'));
    report.check(planned.filter(([, kind]) => kind === 'required').length === count, `${revision} asks clients for ${count} scenarios besides OAuth`, planned.join(' '));
    for (const [name, kind] of planned) {
      const result = await playTo(program, name, revision, path.join(work, revision));
      const checks = [...(result.checks ?? [])];
      const bad = checks.filter(([, { status }]) => ['FAILURE', 'WARNING'].includes(status)).map(([id, { status, message }]) => `${id} ${status} ${message ?? ''}`);
      if (result.exit !== 0 && !mayRefuse.has(name)) bad.push(`exit code ${result.exit}: ${result.log.slice(-300)}`);
      if (!checks.some(([, { status }]) => status === 'SUCCESS')) bad.push('nothing succeeded');
      report.check(bad.length === 0, `${revision} client ${name}`, bad.join('; '));
      rows.push([revision, `${name}${kind === 'required' ? '' : ` (${kind})`}`, checks.filter(([, { status }]) => status === 'SUCCESS').length, bad.length === 0 ? '✓' : '✗']);
    }
  }
  report.section(`## The conformance suite as a server: \`ClientSession\`

\`tests/interop/conformance-client\`, a program of \`ClientSession\` only, in every scenario that is not about OAuth.\n\n${table(['revision', 'scenario', 'checks that succeeded', ''], rows)}`);
}
