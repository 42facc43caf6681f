// A client that shows the wire: one JSON-RPC message in, every message that comes out of its answer.
import { EventEmitter, once } from 'node:events';

const modernVersion = '2026-07-28';
const legacyVersion = '2025-11-25';
const me = { name: 'interop', version: '1.0.0' };

export class RawClient {
  /** Every message that came outside of a call: on the GET stream (2025) or a subscription (2026). */
  unasked = [];
  comments = 0;
  #arrived = new EventEmitter().setMaxListeners(100);
  #methods = [];
  #id = 0;
  #open = [];
  #session;

  constructor(url, era) {
    this.url = url;
    this.era = era;
  }

  /** The result of initialize or server/discover. */
  async connect() {
    if (this.era === 'modern') return (await this.request('server/discover', {})).answer.result;
    const { answer, response } = await this.request('initialize', { protocolVersion: legacyVersion, capabilities: {}, clientInfo: me });
    this.#session = response.headers.get('mcp-session-id');
    await this.#post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return answer.result;
  }

  /** { answer, before: the messages before the answer, response, text: the answer as it came }. */
  async request(method, params, { signal, meta = {}, headers = {} } = {}) {
    const id = ++this.#id;
    const response = await this.#post({ jsonrpc: '2.0', id, method, params: this.#params(params, meta) }, { method, params, signal, headers });
    const before = [];
    for await (const text of messages(response)) {
      const message = JSON.parse(text);
      // A message that is refused as a whole is refused without an id.
      if ((message.id === id || (message.id === null && message.error)) && message.method === undefined) return { id, answer: message, before, response, text };
      before.push(message);
    }
    throw new Error(`no answer to ${method}: HTTP ${response.status}`);
  }

  call = (name, input = {}, options) => this.request('tools/call', { name, arguments: input }, options);

  notify = (method, params) => this.#post({ jsonrpc: '2.0', method, params });

  /** Opens the stream for unasked messages and returns once it is there. */
  async listen(notifications = {}) {
    const stop = new AbortController();
    this.#open.push(stop);
    const response =
      this.era === 'legacy'
        ? await fetch(this.url, { headers: this.#headers({ accept: 'text/event-stream' }), signal: stop.signal })
        : await this.#post({ jsonrpc: '2.0', id: ++this.#id, method: 'subscriptions/listen', params: this.#params({ notifications }, {}) }, { method: 'subscriptions/listen', params: {}, signal: stop.signal });
    if (!response.ok) throw new Error(`no stream: HTTP ${response.status} ${await response.text()}`);
    (async () => {
      for await (const text of messages(response, () => this.comments++)) {
        const message = JSON.parse(text);
        this.unasked.push(message);
        this.#methods.push(message.method ?? 'answer');
        this.#arrived.emit('one');
      }
    })().catch(() => undefined);
    if (this.era === 'modern') await this.until(({ method }) => method === 'notifications/subscriptions/acknowledged');
  }

  /** The methods of all unasked messages so far. */
  everything = () => this.#methods;

  get nextId() {
    return this.#id + 1;
  }

  /** The first unasked message that fits; undefined if none comes in time. */
  async until(fits, milliseconds = 10_000) {
    const limit = AbortSignal.timeout(milliseconds);
    for (;;) {
      const found = this.unasked.find(fits);
      if (found || limit.aborted) return found;
      await once(this.#arrived, 'one', { signal: limit }).catch(() => undefined);
    }
  }

  async close() {
    this.#open.forEach((stream) => stream.abort());
    if (this.#session) await fetch(this.url, { method: 'DELETE', headers: this.#headers({}) });
  }

  #params(params, meta) {
    if (this.era === 'legacy') return Object.keys(meta).length > 0 ? { ...params, _meta: meta } : params;
    return {
      ...params,
      _meta: { 'io.modelcontextprotocol/protocolVersion': modernVersion, 'io.modelcontextprotocol/clientInfo': me, 'io.modelcontextprotocol/clientCapabilities': {}, ...meta },
    };
  }

  #headers(more) {
    if (this.era === 'modern') return { 'mcp-protocol-version': modernVersion, ...more };
    return { ...(this.#session && { 'mcp-session-id': this.#session, 'mcp-protocol-version': legacyVersion }), ...more };
  }

  #post(message, { method = message.method, params, signal, headers } = {}) {
    const target = params?.name ?? params?.uri;
    const modern = this.era === 'modern' ? { 'mcp-method': method, ...(target && { 'mcp-name': target }) } : {};
    return fetch(this.url, {
      method: 'POST',
      headers: this.#headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...modern, ...headers }),
      body: JSON.stringify(message),
      signal,
    });
  }
}

/** The messages of a JSON body or of an event stream, as text. */
async function* messages(response, comment = () => undefined) {
  if (!response.headers.get('content-type')?.includes('text/event-stream')) {
    const body = await response.text();
    if (body) yield body;
    return;
  }
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    rest += chunk.replaceAll('\r\n', '\n');
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const lines = rest.slice(0, end).split('\n');
      rest = rest.slice(end + 2);
      lines.filter((line) => line.startsWith(':')).forEach(comment);
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''));
      if (data.join('\n').trim()) yield data.join('\n');
    }
  }
}
