#!/usr/bin/env bash
# Builds, serves, tests and packs Heed: ./build.sh serve [PORT] | test | dist DIR | bench
set -euo pipefail
cd "$(dirname "$0")"
export GOTOOLCHAIN=go1.27.4 GOFLAGS=-buildvcs=false

need() { command -v "$1" >/dev/null || { echo "Heed needs $2." >&2; exit 1; }; }
need go "Go 1.21 or newer (it fetches the version that Heed is written in): https://go.dev/dl"
support="$(go env GOROOT)/lib/wasm"
# What runs in a browser is built with the older garbage collector, whose code is shorter (10 kB packed), and the older encoding/json.
smaller=nogreenteagc,nojsonv2
# Go hands the whole environment to a WebAssembly test, and has room for 8 kB of it.
node_test() { GOOS=js GOARCH=wasm GOEXPERIMENT=$experiment,$smaller go test -exec "env -i 'PATH=$PATH' 'HOME=$HOME' '$support/go_js_wasm_exec'" "$@"; }

# Functions are not inlined but where it makes the engine faster: 80 kB less to download.
inlined=(); for package in 'internal/runtime/...' internal/abi math simd/archsimd heed/core/{tensor,grad,attention}; do inlined+=("-gcflags=$package="); done

# engine EXPERIMENT FILE: an engine and its packed twin; one that has not changed keeps its date.
engine() {
  GOOS=js GOARCH=wasm GOEXPERIMENT=$1,$smaller go build -gcflags=all=-l "${inlined[@]}" -trimpath -ldflags='-s -w' -o .cache/new.wasm ./wasm
  go run ./core/cmd/pack .cache/new.wasm
  if cmp -s .cache/new.wasm "$2" && [ -e "$2.gz" ]; then return; fi
  mv .cache/new.wasm "$2"
  gzip -9 -n -c "$2" >"$2.gz"
}

# heed.js is made of the modules in web/heed, so that a page needs one script; in a worker the first five run.
modules() { (cd web/heed; sed -E '/^import .*;$/d; s/^export //' "$@"); }
loader() {
  echo '(() => { "use strict";'
  modules text.mjs page.mjs download.mjs painting.mjs go.mjs
  echo 'if (!globalThis.document) return work();'
  echo 'if (customElements.get("heed-view")) return;'
  modules show.mjs element.mjs
  echo '})();'
}
# notices prints the licences of what is in the engine besides Heed: Go itself, and each module that it is built of.
notices() {
  echo "== Go and its standard library"; cat "$(go env GOROOT)/LICENSE"
  GOOS=js GOARCH=wasm go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./wasm | sort -u |
    while read -r path version folder; do echo; echo "== $path $version"; cat "$folder/LICENSE"; done
}
build() { mkdir -p .cache; notices >.cache/notices.txt; engine simd web/heed.simd.wasm; engine nosimd web/heed.wasm; install -m 644 "$support/wasm_exec.js" web/; loader >web/heed.js; }

chromium() { command -v chromium chromium-browser google-chrome chrome >/dev/null; }
install_chromium() {
  local root=; [ "$(id -u)" = 0 ] || root="sudo -n"
  $root apt-get update -q && $root apt-get install -y -q chromium || true
  chromium || { echo "The browser tests need Chromium: please install the package chromium, or Google Chrome." >&2; exit 1; }
}

# axe-core looks for what keeps people out; the browser tests run it, and nothing of it is shipped.
fetch_axe() {
  local version=4.14.1
  mkdir -p .cache
  [ -s .cache/axe.js ] || (cd .cache && npm pack --silent "axe-core@$version" && tar -xzOf "axe-core-$version.tgz" package/axe.min.js >axe.js) \
    || { rm -f .cache/axe.js; echo "axe-core could not be fetched from npm, so its test is skipped." >&2; }
}

case "${1:-}" in
serve) build; go build -o .cache/serve serve.go; exec .cache/serve -port "${2:-8080}" ;;
test)
  need node "Node.js 18 or newer, for the tests that run as WebAssembly: https://nodejs.org"
  chromium || install_chromium
  unformatted=$(gofmt -l .)
  [ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
  for experiment in simd nosimd; do
    export GOEXPERIMENT=$experiment
    go vet ./...; GOOS=js GOARCH=wasm go vet ./...
    go test . ./core/...
    node_test ./core/... ./wasm/...
  done
  node --test web/heed/
  build
  fetch_axe
  go test -count=1 ./web/... ;; # what it tests is not all Go, so its cache would not notice a change
dist)
  need node "Node.js 18 or newer, which packs: https://nodejs.org"
  dir=${2:?which folder? ./build.sh dist DIR}
  build
  node web/pack.mjs "$dir" ;;
bench)
  experiment=simd
  GOEXPERIMENT=simd go test -run '^$' -bench . ./core/tensor
  node_test -run '^$' -bench . ./core/tensor
  chromium || install_chromium
  build
  go test -timeout 30m -run '^$' -bench . -benchtime 1x ./web ;; # in Chromium: the engine, a keystroke, a first visit
*) sed -n 's/^# //p;2q' "$0"; exit 2 ;;
esac
