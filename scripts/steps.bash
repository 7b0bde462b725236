# SPDX-License-Identifier: MIT
# The steps that race and test share: read --compiler, set up, configure, build. Sourced, never run.

usage() {
  echo "usage: scripts/$(basename "$0") [--compiler clang|gcc]"
}

read_arguments() {
  compiler=clang
  while [[ $# -gt 0 ]]; do
    case $1 in
    --compiler=*)
      compiler=${1#*=}
      shift
      ;;
    --compiler)
      compiler=${2-}
      shift $(($# > 1 ? 2 : 1))
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      echo "$(basename "$0"): unknown argument '$1'" >&2
      usage >&2
      exit 2
      ;;
    esac
  done
  if [[ $compiler != clang && $compiler != gcc ]]; then
    echo "$(basename "$0"): --compiler is clang or gcc, not '$compiler'" >&2
    exit 2
  fi
}

# Without clang the catalogue still runs under the other detectors; the result then counts as
# inconclusive (exit code 3), for what was asked for did not run.
set_up() {
  without_tsan=
  if [[ -z ${RACEKIT_NO_SETUP-} ]] && ! scripts/setup --compiler "$compiler"; then
    [[ $compiler == clang ]] && scripts/setup --compiler gcc 2>/dev/null || exit 3
    echo "racekit: NO clang++-19: going on with gcc, every tsan run will be SKIPPED" >&2
    compiler=gcc
    without_tsan=1
  fi
  build=build
  [[ $compiler == gcc ]] && build=build-gcc
  return 0
}

# step LOG WORDS COMMAND...: runs it with a progress line; what it printed goes to build/LOG and is
# shown when it fails.
step() {
  mkdir -p "$build"
  scripts/racekit watch --log "$build/$1" --words "$2" -- "${@:3}"
}

configure() {
  step configure.log "configuring" cmake --preset "$compiler" "$@"
}

build_targets() {
  step build.log "building" cmake --build --preset "$compiler" "$@"
}
