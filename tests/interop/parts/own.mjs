// What the suite does not look at: capabilities, definitions on the wire, notifications and who gets them, cancellation, cache hints, keep-alive.
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { withoutHop } from '../lib/observe.mjs';
import { fixtureEntry, npmEntry, startFixture, startHub } from '../lib/processes.mjs';
import { RawClient } from '../lib/raw.mjs';
import { table } from '../lib/report.mjs';

const watched = 'test://watched-resource';
const params = (messages, method) => messages.filter((message) => message.method === method).map((message) => withoutHop(message.params));
const soon = async (condition) => {
  for (let i = 0; i < 100; i++) {
    if (await condition()) return true;
    await new Promise((later) => setTimeout(later, 100));
  }
  return false;
};
const items = (method, key) => async (client) => (await client.request(method, {})).answer.result[key];
const progress = (progressToken) => async (client) => params((await client.call('test_tool_with_progress', {}, { meta: { progressToken } })).before, 'notifications/progress');
const changed = (kind) => async (client, era, other) => {
  const description = async () => (await client.request(`${kind}/list`, {})).answer.result[kind].find(({ name }) => name === `revised_${kind.slice(0, -1)}`).description;
  const before = await description();
  client.unasked.length = other.unasked.length = 0;
  await client.call(`test_trigger_${kind.slice(0, -1)}_change`);
  const told = await client.until(({ method }) => method === `notifications/${kind}/list_changed`);
  return { told: told !== undefined, revised: (await description()) !== before };
};

/**
 * What is looked at, in which era (default: both), and what of it would prove nothing or is wrong. With hubOnly the hub has to be better than the
 * fixture's SDK, or is free to differ from it.
 */
const checks = [
  { name: 'capabilities', look: async (client) => client.server.capabilities },
  { name: 'definitions of tools: schemas, annotations, icons, _meta', look: items('tools/list', 'tools') },
  { name: 'definitions of prompts: arguments, icons', look: items('prompts/list', 'prompts') },
  { name: 'definitions of resources: annotations, size, icons', look: items('resources/list', 'resources') },
  { name: 'definitions of templates', look: items('resources/templates/list', 'resourceTemplates') },
  { name: 'progress with a text as token', look: progress('tok "ä"'), sane: (seen) => seen.length === 3 },
  { name: 'progress with a number as token', look: progress(7), sane: (seen) => seen.length === 3 && seen[0].progressToken === 7 },
  { name: 'progress without a token', look: async (client) => params((await client.call('test_tool_with_progress')).before, 'notifications/progress'), sane: (seen) => seen.length === 0 },
  {
    name: 'log messages of a call, before its answer',
    era: 'legacy',
    look: async (client) => {
      await client.request('logging/setLevel', { level: 'info' });
      return params((await client.call('test_tool_with_logging')).before, 'notifications/message');
    },
    sane: (seen) => seen.length === 3,
  },
  { name: 'an unknown log level is refused with -32602', era: 'legacy', hubOnly: true, look: async (client) => (await client.request('logging/setLevel', { level: 'loud' })).answer.error?.code, sane: (seen) => seen === -32602 },
  {
    name: 'log messages only if asked for',
    era: 'modern',
    look: async (client) => {
      const asked = await client.call('test_logging_tool', {}, { meta: { 'io.modelcontextprotocol/logLevel': 'info' } });
      return [params(asked.before, 'notifications/message'), params((await client.call('test_logging_tool')).before, 'notifications/message')];
    },
    sane: ([asked, unasked]) => asked.length === 1 && unasked.length === 0,
  },
  { name: 'tools/list_changed', look: changed('tools'), sane: (seen) => seen.told && seen.revised },
  { name: 'prompts/list_changed', look: changed('prompts'), sane: (seen) => seen.told && seen.revised },
  {
    name: 'resources/updated, to the subscriber only',
    look: async (client, era, other) => {
      if (era === 'legacy') await client.request('resources/subscribe', { uri: watched });
      client.unasked.length = other.unasked.length = 0;
      await client.call('test_trigger_resource_update');
      const told = await client.until(({ method }) => method === 'notifications/resources/updated');
      return { uri: told?.params.uri, others: params(other.unasked, 'notifications/resources/updated').length };
    },
    sane: (seen) => seen.uri === watched && seen.others === 0,
  },
  {
    name: 'no resources/updated after unsubscribing',
    era: 'legacy',
    look: async (client) => {
      const { answer } = await client.request('resources/unsubscribe', { uri: watched });
      client.unasked.length = 0;
      await client.call('test_trigger_resource_update');
      return { ended: answer.result !== undefined, told: (await client.until(({ method }) => method === 'notifications/resources/updated', 1000)) !== undefined };
    },
    sane: (seen) => seen.ended && !seen.told,
  },
  {
    name: 'cancellation reaches the tool',
    look: async (client, era) => {
      const count = async () => Number((await client.call('cancellations')).answer.result.content[0].text);
      const before = await count();
      const abort = new AbortController();
      const id = client.nextId;
      const call = client.call('wait_until_cancelled', {}, { signal: abort.signal, meta: { progressToken: 1 } }).catch(() => undefined);
      await new Promise((sent) => setTimeout(sent, 500));
      if (era === 'legacy') await client.notify('notifications/cancelled', { requestId: id, reason: 'interop' });
      else abort.abort();
      const reached = await soon(async () => (await count()) === before + 1);
      abort.abort();
      await call;
      return reached;
    },
    sane: (seen) => seen,
  },
  { name: 'ping', era: 'legacy', look: async (client) => (await client.request('ping', {})).answer.result, sane: (seen) => isDeepStrictEqual(seen, {}) },
  {
    name: 'an unknown method',
    look: async (client) => {
      const { answer, response } = await client.request('no/such', {});
      return [answer.error?.code, response.status];
    },
    sane: ([code]) => code === -32601,
  },
  {
    name: 'an unknown revision in the header',
    era: 'legacy',
    look: async (client) => {
      const { answer, response } = await client.request('tools/list', {}, { headers: { 'mcp-protocol-version': '1999-01-01' } });
      return [answer.error !== undefined, response.status];
    },
    sane: ([error, status]) => error && status === 400,
  },
  {
    name: 'cache hints on lists and reads',
    era: 'modern',
    look: async (client) => {
      const asked = [['tools/list', {}], ['prompts/list', {}], ['resources/list', {}], ['resources/templates/list', {}], ['resources/read', { uri: watched }]];
      const hints = [];
      for (const [method, input] of asked) {
        const { ttlMs, cacheScope } = (await client.request(method, input)).answer.result;
        hints.push(Number.isInteger(ttlMs) && ttlMs >= 0 && ['public', 'private'].includes(cacheScope));
      }
      return hints;
    },
    sane: (seen) => seen.every(Boolean),
  },
  { name: 'nothing of it at a bystander', look: async (client, era, other) => other.everything().filter((method) => /message|progress|updated/.test(method)), sane: (seen) => seen.length === 0 },
  { name: 'a comment on an idle stream within 20 s', hubOnly: true, look: (client) => soon(async () => client.comments > 0).then((seen) => seen || soon(async () => client.comments > 0)), sane: (seen) => seen },
];

export async function ownChecks(report, work) {
  const columns = [];
  for (const era of ['legacy', 'modern']) {
    const directory = path.join(work, 'own', era);
    const fixture = await startFixture(era, path.join(directory, 'fixture.log'));
    // Another one for the hub: the checks change the lists.
    const behind = await startFixture(era, path.join(directory, 'behind.log'));
    try {
      const direct = await look(fixture.url, era, false);
      for (const { name, sane = () => true } of checks.filter((check) => applies(check, era) && !check.hubOnly)) {
        report.check(direct.get(name) !== undefined && sane(direct.get(name)), `${era} direct ${name}`, JSON.stringify(direct.get(name)));
      }
      for (const [transport, entry] of [['HTTP', { url: behind.url }], ['stdio', fixtureEntry(era)]]) {
        const hub = await startHub({ fixture: entry }, path.join(directory, transport));
        try {
          columns.push({ title: `${era}, ${transport}`, era, results: judge(report, `${era} over ${transport}`, era, direct, await look(hub.url, era, true)) });
        } finally {
          await hub.stop();
        }
      }
    } finally {
      await fixture.stop();
      await behind.stop();
    }
  }
  const invented = await inventedCapabilities(report, path.join(work, 'own', 'memory'));
  report.section(`## What the suite does not look at

Raw JSON-RPC against the fixture, direct and through a hub with an HTTP and a stdio connection to it. ✓ as direct · ✗ not so · – not of that era.
A hub in front of the memory server alone declares ${invented.length === 0 ? 'nothing that this server does not declare' : `**more than it: ${invented.join(', ')}**`}.

${table(['looked at', ...columns.map(({ title }) => title)], checks.map((check) => [check.name, ...columns.map(({ era, results }) => (applies(check, era) ? (results.get(check.name) ? '✓' : '✗') : '–'))]))}`);
}

const applies = (check, era) => check.era === undefined || check.era === era;

async function look(url, era, isHub) {
  const seen = new Map();
  const [client, other] = [new RawClient(url, era), new RawClient(url, era)];
  const filter = { toolsListChanged: true, promptsListChanged: true };
  client.server = await client.connect();
  await other.connect();
  await client.listen({ ...filter, resourceSubscriptions: [watched] });
  await other.listen(filter);
  for (const check of checks.filter((check) => applies(check, era) && (isHub || !check.hubOnly))) {
    try {
      seen.set(check.name, await check.look(client, era, other));
    } catch (error) {
      seen.set(check.name, `${error.message}`);
    }
  }
  await client.close();
  await other.close();
  return seen;
}

function judge(report, cell, era, direct, through) {
  const results = new Map();
  for (const { name, hubOnly, sane = () => true } of checks.filter((check) => applies(check, era))) {
    const [expected, got] = [direct.get(name), through.get(name)];
    const ok = hubOnly ? sane(got) : isDeepStrictEqual(got, expected);
    results.set(name, report.check(ok, `${cell} ${name}`, `direct ${difference(expected, got)} through ${difference(got, expected)}`));
  }
  return results;
}

// Of two lists, what one has and the other has not.
function difference(one, other) {
  if (!Array.isArray(one) || !Array.isArray(other)) return JSON.stringify(one);
  return JSON.stringify(one.filter((item) => !other.some((twin) => isDeepStrictEqual(twin, item)))).slice(0, 190);
}

/** Every member that a hub declares and its only server does not. listChanged is the hub's own. */
async function inventedCapabilities(report, directory) {
  const entry = npmEntry('@modelcontextprotocol/server-memory/dist/index.js', [], { MEMORY_FILE_PATH: path.join(directory, 'memory.jsonl') });
  const hub = await startHub({ memory: entry }, directory);
  try {
    const through = (await new RawClient(hub.url, 'legacy').connect()).capabilities;
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const client = new Client({ name: 'interop', version: '1.0.0' });
    await client.connect(new StdioClientTransport({ ...entry, stderr: 'ignore' }));
    const direct = client.getServerCapabilities();
    await client.close();
    const invented = Object.entries(through).flatMap(([kind, features]) =>
      direct[kind] === undefined ? [kind] : Object.keys(features).filter((feature) => feature !== 'listChanged' && direct[kind][feature] === undefined).map((feature) => `${kind}.${feature}`),
    );
    report.check(invented.length === 0, 'no capability is invented in front of the memory server', invented.join(', '));
    return invented;
  } finally {
    await hub.stop();
  }
}
