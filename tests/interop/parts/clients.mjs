// Clients from npm against the fixture, direct and through the hub: what they see must be equal.
import { execFile, spawn } from 'node:child_process';
import { text as all } from 'node:stream/consumers';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { calls, completions, observe, prompts, reads, same, withoutHop } from '../lib/observe.mjs';
import { fixtureEntry, here, packageFile, startFixture, startHub } from '../lib/processes.mjs';
import { table } from '../lib/report.mjs';

const me = { name: 'interop', version: '1.0.0' };
const observing = (connect, call) => async (url) => {
  const client = await connect(url);
  try {
    return await observe(client, call);
  } finally {
    await client.close();
  }
};
const sdk1 = observing(
  async (url) => {
    const client = new Client1(me);
    await client.connect(new Transport1(new URL(url)));
    return client;
  },
  (client, params, options) => client.callTool(params, undefined, options),
);
const sdk2 = (mode) =>
  observing(
    async (url) => {
      const client = new Client(me, { versionNegotiation: { mode } });
      await client.connect(new StreamableHTTPClientTransport(new URL(url)));
      return client;
    },
    (client, params, options) => client.callTool(params, options),
  );

const clients = [
  { title: 'TypeScript SDK 1.32.2', era: 'legacy', look: sdk1 },
  { title: 'TypeScript client 2.4.0, legacy', era: 'legacy', look: sdk2('legacy') },
  { title: 'TypeScript client 2.4.0, auto', era: 'modern', look: sdk2('auto') },
  { title: 'TypeScript client 2.4.0, pinned to 2026-07-28', era: 'modern', look: sdk2({ pin: '2026-07-28' }) },
  { title: 'C# SDK 2.4.0, pinned to 2025-11-25', era: 'legacy', look: (url) => csharp(url, '2025-11-25') },
  { title: 'C# SDK 2.4.0, its own choice', era: 'modern', look: (url) => csharp(url, null) },
  { title: 'Inspector 2.12.0 CLI, legacy', era: 'legacy', look: (url) => inspector(url, 'legacy') },
  { title: 'Inspector 2.12.0 CLI, modern', era: 'modern', look: (url) => inspector(url, 'modern') },
];

export async function clientsThroughTheHub(report, work) {
  const lines = [];
  for (const era of ['legacy', 'modern']) {
    const directory = path.join(work, 'clients', era);
    const fixture = await startFixture(era, path.join(directory, 'fixture.log'));
    const hubs = [];
    try {
      for (const [transport, entry] of [['HTTP', { url: fixture.url }], ['stdio', fixtureEntry(era)]]) {
        hubs.push({ transport, ...(await startHub({ fixture: entry }, path.join(directory, transport))) });
      }
      for (const { title, look } of clients.filter((client) => client.era === era)) {
        const direct = await look(fixture.url);
        const line = [title, `${direct.size}`];
        for (const { transport, url } of hubs) line.push(same(report, `${title} over ${transport}`, direct, await look(url)) ? 'equal' : '**differs**');
        lines.push(line);
      }
    } finally {
      for (const hub of hubs) await hub.stop();
      await fixture.stop();
    }
  }
  report.section(`## Clients

The same script with each client against the fixture of its era, direct and through a hub: instructions, the four lists, ${calls.length + 1} calls (one with progress), ${reads.length} reads,
${prompts.length} prompts and ${completions.length} completions, errors included. The C# client does it without the progress, the Inspector without completions and most calls. Equal means: every result and error as the client hands it out.

${table(['client', 'results compared', 'through, HTTP upstream', 'through, stdio upstream'], lines)}`);
}

/** The official C# client, a program of csharp/ (built by run). */
async function csharp(url, revision) {
  const script = [
    ...['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'].map((method) => [method, method, {}]),
    ...calls.map(([name, input]) => [`tools/call ${name} ${JSON.stringify(input)}`, 'tools/call', { name, arguments: input }]),
    ...reads.map((uri) => [`resources/read ${uri}`, 'resources/read', { uri }]),
    ...prompts.map(([name, input]) => [`prompts/get ${name} ${JSON.stringify(input)}`, 'prompts/get', { name, arguments: input }]),
    ...completions.map((params) => [`completion/complete ${JSON.stringify(params)}`, 'completion/complete', params]),
  ];
  const child = spawn('dotnet', [path.join(here, 'csharp/bin/Release/net10.0/McpHub.CSharpClient.dll')], { timeout: 90_000 });
  child.stdin.end(JSON.stringify({ url, revision, asks: script.map(([what, method, params]) => ({ what, method, params })) }));
  const [output, errors] = await Promise.all([all(child.stdout), all(child.stderr)]);
  if (!output) throw new Error(`the C# client said nothing: ${errors.slice(-400)}`);
  return new Map(Object.entries(JSON.parse(output)).map(([what, result]) => [what, what.includes('no_such') ? result.code : withoutHop(result)]));
}

/** One process of the Inspector's CLI a request, so only part of the script. */
async function inspector(url, era) {
  const seen = new Map();
  const program = packageFile('@modelcontextprotocol/inspector/clients/launcher/build/index.js');
  const ask = async (method, ...more) => {
    const what = [method, ...more].join(' ');
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [program, '--cli', '--transport', 'http', '--server-url', url, '--protocol-era', era, '--format', 'json', '--quiet', '--connect-timeout', '30000', '--method', method, ...more],
        // It keeps a catalog and a store in the user's home.
        { timeout: 60_000, env: { ...process.env, HOME: process.env.INTEROP_WORK } },
      );
      seen.set(what, hopless(JSON.parse(stdout)));
    } catch (error) {
      // The address differs, of course.
      seen.set(what, { exit: error.code, stderr: `${error.stderr ?? error.message}`.replaceAll(url, '') });
    }
  };
  await ask('tools/list');
  await ask('resources/list');
  await ask('resources/templates/list');
  await ask('prompts/list');
  await ask('tools/call', '--tool-name', 'structured_weather', '--tool-args-json', '{"city":"Zürich"}');
  await ask('tools/call', '--tool-name', 'test_error_handling');
  await ask('resources/read', '--uri', 'test://static-binary');
  await ask('prompts/get', '--prompt-name', 'test_prompt_with_arguments', '--prompt-args', 'arg1=a', 'arg2=b');
  return seen;
}

function hopless(output) {
  return JSON.parse(JSON.stringify(output, (key, value) => (['io.modelcontextprotocol/serverInfo', 'ttlMs', 'cacheScope'].includes(key) ? undefined : value)));
}
