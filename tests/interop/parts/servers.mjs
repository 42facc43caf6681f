// Servers from npm behind one hub at once: what each offers must come through unchanged, under its own name where that is free.
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { npmEntry, startHub } from '../lib/processes.mjs';
import { table } from '../lib/report.mjs';

const separator = '__';
const kinds = [
  { kind: 'tools', list: (client, more) => client.listTools(more), key: 'name', named: true },
  { kind: 'prompts', list: (client, more) => client.listPrompts(more), key: 'name', named: true },
  { kind: 'resources', list: (client, more) => client.listResources(more), key: 'uri' },
  { kind: 'resourceTemplates', list: (client, more) => client.listResourceTemplates(more), key: 'uriTemplate' },
];

function servers(directory) {
  const files = path.join(directory, 'files');
  fs.mkdirSync(files, { recursive: true });
  fs.writeFileSync(path.join(files, 'ümlaut.txt'), 'first\nsecond\n');
  const quiet = { CI: '1', CHROME_DEVTOOLS_MCP_NO_USAGE_STATISTICS: '1', CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS: '1' };
  const memory = (name) => ({ MEMORY_FILE_PATH: path.join(directory, `${name}.jsonl`) });
  const graph = { entities: [{ name: 'Zoë', entityType: 'person', observations: ['likes "quotes"'] }] };
  return {
    everything: {
      entry: npmEntry('@modelcontextprotocol/server-everything/dist/index.js', ['stdio']),
      calls: [['echo', { message: 'ä "b"\n☃' }], ['get-sum', { a: 1.5, b: 2 }], ['get-tiny-image', {}], ['get-structured-content', { location: 'Chicago' }], ['get-annotated-message', { messageType: 'error', includeImage: true }], ['echo', {}]],
      reads: ['demo://resource/dynamic/text/1'],
      prompts: [['simple-prompt', undefined], ['args-prompt', { city: 'Köln' }]],
    },
    filesystem: {
      entry: npmEntry('@modelcontextprotocol/server-filesystem/dist/index.js', [files]),
      calls: [['list_directory', { path: files }], ['read_text_file', { path: path.join(files, 'ümlaut.txt') }], ['read_text_file', { path: '/etc/passwd' }], ['search_files', { path: files, pattern: '*.txt' }]],
    },
    memory: {
      entry: npmEntry('@modelcontextprotocol/server-memory/dist/index.js', [], memory('through')),
      direct: npmEntry('@modelcontextprotocol/server-memory/dist/index.js', [], memory('direct')),
      calls: [['create_entities', graph], ['read_graph', {}], ['search_nodes', { query: 'quotes' }]],
    },
    playwright: { entry: npmEntry('@playwright/mcp/cli.js', ['--headless', '--isolated'], quiet) },
    chart: { entry: npmEntry('@antv/mcp-server-chart/build/index.js') },
    notion: { entry: npmEntry('@notionhq/notion-mcp-server/bin/cli.mjs', [], { NOTION_TOKEN: 'ntn_offline' }) },
    devtools: { entry: npmEntry('chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js', ['--headless', '--isolated'], quiet) },
    github: { entry: npmEntry('@modelcontextprotocol/server-github/dist/index.js', [], { GITHUB_PERSONAL_ACCESS_TOKEN: 'offline' }) },
  };
}

export async function npmServers(report, work) {
  const directory = path.join(work, 'servers');
  fs.rmSync(directory, { recursive: true, force: true });
  const all = servers(directory);
  const direct = new Map();
  for (const [id, { entry, direct: own, ...asked }] of Object.entries(all)) {
    const seen = await look(id, new StdioClientTransport({ ...(own ?? entry), stderr: 'ignore' }), asked);
    if (report.check(!(seen instanceof Error), `the server ${id} starts direct`, seen.message)) direct.set(id, seen);
  }

  const hub = await startHub(Object.fromEntries(Object.entries(all).map(([id, { entry }]) => [id, entry])), directory, { naming: { prefix: 'auto' } });
  const through = new Client({ name: 'interop', version: '1.0.0' });
  try {
    await through.connect(new StreamableHTTPClientTransport(new URL(hub.url)));
    const listed = {};
    for (const { kind, list } of kinds) listed[kind] = await whole(through, list, kind);

    const lines = [];
    const taken = new Set();
    for (const [id, seen] of direct) {
      const names = new Map();
      const line = [id];
      for (const { kind, key, named } of kinds) {
        let found = 0;
        for (const item of seen[kind]) {
          // The rule "auto": the first server in the file keeps a name, a later one gets its own as prefix.
          const name = named && taken.has(`${kind} ${item[key]}`) ? `${id}${separator}${item[key]}` : item[key];
          taken.add(`${kind} ${name}`);
          names.set(`${kind} ${item[key]}`, name);
          const got = listed[kind].find((other) => other[key] === name);
          const ok = isDeepStrictEqual(got, { ...item, [key]: name });
          if (ok) found++;
          report.check(ok, `${id} ${kind} ${name}`, `direct ${JSON.stringify(item)} through ${JSON.stringify(got)}`);
        }
        line.push(`${seen[kind].length}${found === seen[kind].length ? '' : ` (**${found} equal**)`}`);
      }
      const { calls = [], reads = [], prompts = [] } = all[id];
      const answers = await answersOf(through, { calls: calls.map(([name, input]) => [names.get(`tools ${name}`), input]), reads, prompts: prompts.map(([name, input]) => [names.get(`prompts ${name}`), input]) });
      seen.answers.forEach((expected, index) => report.check(isDeepStrictEqual(answers[index], expected), `${id} answer ${index}`, `direct ${JSON.stringify(expected)} through ${JSON.stringify(answers[index])}`));
      lines.push([...line, `${seen.answers.length}`]);
    }
    for (const { kind } of kinds) {
      const expected = [...direct.values()].reduce((sum, seen) => sum + seen[kind].length, 0);
      report.check(listed[kind].length === expected, `number of ${kind}`, `direct ${expected}, through ${listed[kind].length}`);
    }
    report.section(`## Servers

All at once behind one hub (stdio, prefix \`auto\`), looked at with the TypeScript SDK 1.32.2: every definition compared member by member with the one the server
gives direct, and the answers of calls, reads and prompts that work without a network or a browser.

${table(['server', ...kinds.map(({ kind }) => kind), 'answers compared'], lines)}`);
  } finally {
    await through.close();
    await hub.stop();
  }
}

async function look(id, transport, asked) {
  const client = new Client({ name: 'interop', version: '1.0.0' });
  try {
    await client.connect(transport, { timeout: 90_000 });
    const seen = {};
    for (const { kind, list } of kinds) seen[kind] = await whole(client, list, kind);
    return { ...seen, answers: await answersOf(client, asked) };
  } catch (error) {
    return new Error(`${id}: ${error.message}`);
  } finally {
    await client.close();
  }
}

async function whole(client, list, kind) {
  const items = [];
  try {
    let cursor;
    do {
      const page = await list(client, { cursor });
      items.push(...page[kind]);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  } catch (error) {
    if (error.code !== -32601) throw error; // the server has no such list
  }
  return items;
}

async function answersOf(client, { calls = [], reads = [], prompts = [] }) {
  const answers = [];
  const add = async (ask) => {
    try {
      answers.push(withoutTime(await ask()));
    } catch (error) {
      answers.push({ code: error.code, message: error.message });
    }
  };
  for (const [name, input] of calls) await add(() => client.callTool({ name, arguments: input }));
  for (const uri of reads) await add(() => client.readResource({ uri }));
  for (const [name, input] of prompts) await add(() => client.getPrompt({ name, arguments: input }));
  return answers;
}

// everything's resources say when they were made.
const withoutTime = (answer) => JSON.parse(JSON.stringify(answer).replace(/\d{1,2}:\d\d:\d\d( [AP]M)?/g, 'now'));
