// Preload (node --import): resolves bare imports from the packages of package-lock.json, which live outside the checkout.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

if (!process.env.INTEROP_HOME) throw new Error('INTEROP_HOME is not set; start with tests/interop/run');
const root = pathToFileURL(`${process.env.INTEROP_HOME}/package.json`).href;
const here = new URL('..', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const bare = !/^(\.{0,2}\/|file:|node:|data:|#)/.test(specifier);
    return bare && context.parentURL?.startsWith(here) ? next(specifier, { ...context, parentURL: root }) : next(specifier, context);
  },
});
