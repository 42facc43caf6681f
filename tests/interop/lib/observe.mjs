// What a client sees of a server: lists, calls, reads, prompts, completions, progress. The same script for every client.
import { isDeepStrictEqual } from 'node:util';

export const calls = [
  ['test_simple_text', {}],
  ['test_image_content', {}],
  ['test_audio_content', {}],
  ['test_embedded_resource', {}],
  ['test_multiple_content_types', {}],
  ['test_error_handling', {}],
  ['structured_weather', { city: 'Zürich "Nord"\n☃', digits: 1.5 }],
  ['structured_weather', {}],
  ['json_schema_2020_12_tool', { contactMethod: 'phone', phone: '1', address: { street: 's' } }],
  ['annotated_text', {}],
  ['test_x_mcp_header', { region: 'eu wést', level: 3 }],
  ['no_such_tool', {}],
];
export const reads = ['test://static-text', 'test://static-binary', 'test://template/12%203/data', 'test://no-such-resource'];
export const prompts = [
  ['test_simple_prompt', undefined],
  ['test_prompt_with_arguments', { arg1: 'ä', arg2: '"b"' }],
  ['test_prompt_with_embedded_resource', { resourceUri: 'test://static-text' }],
  ['test_prompt_with_image', undefined],
  ['test_prompt_with_arguments', {}],
  ['no_such_prompt', undefined],
];
export const completions = [
  { ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' }, argument: { name: 'arg1', value: 'par' } },
  { ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' }, argument: { name: 'arg1', value: '' }, context: { arguments: { arg2: 'none' } } },
  { ref: { type: 'ref/resource', uri: 'test://template/{id}/data' }, argument: { name: 'id', value: '12' } },
];

/** Runs the script on a client of the TypeScript SDK; `call` hides where the releases differ. Map of what was asked to what came. */
export async function observe(client, call) {
  const seen = new Map();
  const see = async (what, ask) => {
    try {
      seen.set(what, withoutHop(await ask()));
    } catch (error) {
      // The hub itself knows what nobody offers, and says so in its own words.
      const message = what.includes('no_such') ? undefined : error.message;
      seen.set(what, { error: { code: error.code, message, uri: error.data?.uri } });
    }
  };
  await see('instructions', async () => client.getInstructions());
  await see('tools/list', () => client.listTools());
  await see('resources/list', () => client.listResources());
  await see('resources/templates/list', () => client.listResourceTemplates());
  await see('prompts/list', () => client.listPrompts());
  for (const [name, input] of calls) await see(`tools/call ${name} ${JSON.stringify(input)}`, () => call(client, { name, arguments: input }, {}));
  const progress = [];
  await see('tools/call test_tool_with_progress', async () => {
    const { content } = await call(client, { name: 'test_tool_with_progress', arguments: {} }, { onprogress: (step) => progress.push(step) });
    return { kinds: content.map(({ type }) => type), progress };
  });
  for (const uri of reads) await see(`resources/read ${uri}`, () => client.readResource({ uri }));
  for (const [name, input] of prompts) await see(`prompts/get ${name} ${JSON.stringify(input)}`, () => client.getPrompt({ name, arguments: input }));
  for (const params of completions) await see(`completion/complete ${JSON.stringify(params)}`, () => client.complete(params));
  return seen;
}

/** A result without what every hop makes anew: the server's name in _meta and the cache hints, which have their own checks. */
export function withoutHop(result) {
  if (result === null || typeof result !== 'object' || Array.isArray(result)) return result;
  const { _meta, ttlMs, cacheScope, ...rest } = result;
  const { 'io.modelcontextprotocol/serverInfo': _, ...meta } = _meta ?? {};
  return Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest;
}

/** Reports every difference; true if there is none. */
export function same(report, cell, direct, through) {
  let equal = true;
  for (const [what, expected] of direct) {
    const got = through.get(what);
    // The hub's instructions are those of its servers, each under the server's name.
    const ok = what === 'instructions' ? got?.includes(expected) : isDeepStrictEqual(plain(got), plain(expected));
    equal = report.check(ok, `${cell} ${what}`, `direct ${short(expected)} through ${short(got)}`) && equal;
  }
  return equal;
}

const plain = (value) => JSON.parse(JSON.stringify(value ?? null));
const short = (value) => (JSON.stringify(value) ?? 'nothing').slice(0, 180);
