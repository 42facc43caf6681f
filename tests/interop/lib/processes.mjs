// Starts and stops the fixture and the hub.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('..', import.meta.url));
export const packageFile = (name) => path.join(process.env.INTEROP_HOME, 'node_modules', name);

const running = new Set();

/** Starts a program and waits for the line of its output that `ready` recognises; the result is the match and a `stop`. */
export function start(command, args, { ready, log, env = {}, seconds = 60 }) {
  fs.mkdirSync(path.dirname(log), { recursive: true });
  const output = fs.createWriteStream(log);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  const exited = new Promise((exit) => child.once('close', exit));
  exited.then(() => running.delete(child));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(limit);
    }
  };
  return new Promise((started, failed) => {
    let text = '';
    const limit = setTimeout(() => stop().then(() => failed(new Error(`${command} did not start within ${seconds} s: ${text.slice(-400)}`))), seconds * 1000);
    const see = (chunk) => {
      output.write(chunk);
      const match = (text += chunk).match(ready);
      if (!match) return;
      clearTimeout(limit);
      started({ match, stop, pid: child.pid, output: () => text });
    };
    child.stdout.on('data', see);
    child.stderr.on('data', see);
    child.once('error', failed);
    exited.then((code) => {
      clearTimeout(limit);
      failed(new Error(`${command} ended with ${code}: ${text.slice(-400)}`));
    });
  });
}

/** Ends what a failed part left running. */
export const stopAll = () => running.forEach((child) => child.kill('SIGKILL'));

const program = ['--import', path.join(here, 'lib/packages.mjs'), path.join(here, 'fixture/main.mjs')];

export async function startFixture(era, log) {
  const { match, stop } = await start(process.execPath, [...program, '--era', era, '--http', '0'], { ready: /^(http:\S+)$/m, log });
  return { url: match[1], stop };
}

/** The fixture as an entry of a configuration file, for stdio. */
export const fixtureEntry = (era) => ({
  command: process.execPath,
  args: [...program, '--era', era, '--stdio'],
  env: { INTEROP_HOME: process.env.INTEROP_HOME },
});

/** An npm server as an entry of a configuration file, for stdio. */
export const npmEntry = (file, args = [], env = {}) => ({ command: process.execPath, args: [packageFile(file), ...args], env });

export async function startHub(servers, directory, settings = {}) {
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'servers.json');
  fs.writeFileSync(file, JSON.stringify({ mcpServers: servers, hub: settings }, null, 1));
  const hub = path.join(here, '../../src/Hub.Host/bin/Release/net10.0/hub.dll');
  const { match, stop, pid, output } = await start('dotnet', [hub, 'run', '--config', file, '--urls', 'http://127.0.0.1:0'], {
    ready: /http:\/\/127\.0\.0\.1:(\d+)\/mcp/,
    log: path.join(directory, 'hub.log'),
  });
  return { url: `http://localhost:${match[1]}/mcp`, stop, pid, output };
}
