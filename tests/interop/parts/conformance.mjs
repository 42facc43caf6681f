// The published suite against the fixture, direct and through the hub: what passes direct must pass through it.
import path from 'node:path';
import { run, scenarios } from '../lib/conformance.mjs';
import { fixtureEntry, npmEntry, startFixture, startHub } from '../lib/processes.mjs';
import { table } from '../lib/report.mjs';

const eras = [
  { era: 'legacy', revision: '2025-11-25', required: 30 },
  { era: 'modern', revision: '2026-07-28', required: 37 },
];

/** Scenarios in which the server asks the client: the hub refuses such requests until it bridges them. */
const waiting = new Set([
  'tools-call-sampling',
  'tools-call-elicitation',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'input-required-result-basic-elicitation',
  'input-required-result-basic-sampling',
  'input-required-result-basic-list-roots',
  'input-required-result-request-state',
  'input-required-result-multiple-input-requests',
  'input-required-result-multi-round',
  'input-required-result-missing-input-response',
  'input-required-result-non-tool-request',
  'input-required-result-result-type',
  'input-required-result-tampered-state',
  'input-required-result-capability-check',
  'input-required-result-ignore-extra-params',
]);

export const three = (directory) => ({
  everything: npmEntry('@modelcontextprotocol/server-everything/dist/index.js', ['stdio']),
  files: npmEntry('@modelcontextprotocol/server-filesystem/dist/index.js', [directory]),
  memory: npmEntry('@modelcontextprotocol/server-memory/dist/index.js', [], { MEMORY_FILE_PATH: path.join(directory, 'memory.jsonl') }),
});

export async function conformance(report, work) {
  report.section(`## The conformance suite

\`@modelcontextprotocol/conformance\` 0.2.0-alpha.12 against the fixture server in \`tests/interop/fixture\` (TypeScript SDK 2.4), per scenario and check id.
"HTTP" and "stdio" name the hub's connection to the fixture, "+ 3" that everything, filesystem and memory stood beside it. The client side is Streamable
HTTP of the same era. ✓ success · ✗ failure · ! warning · – not measured · i left open by the
revision, such as JSON where SSE is optional. **Waits** marks scenarios in which the server asks the client something: they wait for bridging.`);
  for (const { era, revision, required } of eras) await measure(report, path.join(work, 'conformance', era), era, revision, required);
}

async function measure(report, work, era, revision, required) {
  const fixture = await startFixture(era, path.join(work, 'fixture.log'));
  try {
    const planned = [...(await scenarios(revision))].filter(([, kind]) => kind !== 'extension');
    const direct = await run(fixture.url, revision, path.join(work, 'direct'));
    const needed = planned.filter(([, kind]) => kind === 'required');
    report.check(needed.length === required, `${revision} asks for ${required} scenarios`, needed.length);
    for (const [name] of needed) report.check(direct.get(name)?.verdict === 'pass', `${revision} direct ${name}`, worst(direct.get(name)));

    const through = [];
    for (const { title, entry, beside } of [
      { title: 'HTTP', entry: { url: fixture.url } },
      { title: 'stdio', entry: fixtureEntry(era) },
      { title: 'HTTP + 3', entry: { url: fixture.url }, beside: true },
      { title: 'stdio + 3', entry: fixtureEntry(era), beside: true },
    ]) {
      const directory = path.join(work, title.replaceAll(' ', ''));
      let hub;
      let results = new Map();
      try {
        hub = await startHub({ fixture: entry, ...(beside ? three(directory) : {}) }, directory, { naming: { prefix: 'auto' } });
        results = await run(hub.url, revision, directory);
      } catch (error) {
        report.check(false, `${revision} through the hub over ${title} starts`, error.message);
      } finally {
        await hub?.stop();
      }
      judge(report, `${revision} over ${title}`, planned, direct, results);
      through.push({ title, results });
    }
    for (const [name] of planned.filter(([name]) => waiting.has(name))) {
      const bridged = through.every(({ results }) => losses(direct.get(name), results.get(name)).length === 0);
      if (bridged) report.check(false, `${revision} ${name} is listed as waiting and works: take it off the list in parts/conformance.mjs`);
    }
    report.section(`### ${revision}\n\n${rows(planned, direct, through)}`);
  } finally {
    await fixture.stop();
  }
}

function judge(report, cell, planned, direct, results) {
  for (const [name] of planned) {
    const lost = losses(direct.get(name), results.get(name));
    if (direct.get(name)?.verdict !== 'pass') continue;
    if (!waiting.has(name)) report.check(lost.length === 0, `${cell} ${name}`, lost.join('; '));
  }
}

function losses(direct, through) {
  return [...(direct?.checks ?? [])]
    .filter(([id, { status }]) => status === 'SUCCESS' && !['SUCCESS', 'INFO'].includes(through?.checks.get(id)?.status))
    .map(([id]) => `${id} ${through?.checks.get(id)?.status ?? 'absent'} ${through?.checks.get(id)?.message ?? ''}`);
}

const worst = (result) => (result ? [...result.checks].filter(([, { status }]) => status === 'FAILURE').map(([id, { message }]) => `${id} ${message}`).join('; ') : 'no result');

const signs = { SUCCESS: '✓', FAILURE: '✗', WARNING: '!', SKIPPED: '–', INFO: 'i' };

function rows(planned, direct, through) {
  const lines = [];
  for (const [name, kind] of planned) {
    const title = `${name}${kind === 'required' ? '' : ` (${kind})`}${waiting.has(name) ? ' **waits**' : ''}`;
    const ids = direct.get(name)?.checks.keys() ?? [];
    let first = true;
    for (const id of ids) {
      const sign = (results) => signs[results.get(name)?.checks.get(id)?.status] ?? '–';
      lines.push([first ? title : '', `\`${id}\``, sign(direct), ...through.map(({ results }) => sign(results))]);
      first = false;
    }
    if (first) lines.push([title, '', '–', ...through.map(() => '–')]);
  }
  return table(['scenario', 'check', 'direct', ...through.map(({ title }) => title)], lines);
}
