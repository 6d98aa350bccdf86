#!/bin/bash
# Checks a running preview worker, from its probes to a preview. Twin: verify-preview-worker.ps1.
set -euo pipefail

usage() {
    cat <<'END'
Usage: verify-preview-worker.sh [options]

Checks a running preview worker: probes, metrics, Redis, DATA_DIR, and a dry run through the queue.
Run it where the worker runs, with its environment; it changes nothing but that it adds its own jobs.

  --url URL          worker to look at (default: HEALTH_PORT on this machine)
  --timeout SECONDS  that each job may take (default: 60)
  --render           render a small tutorial too, end to end
  --probes-only      look at probes and metrics, and nothing else
  --dry-run          say what would be done, and do nothing
  --json             print one JSON object
  --help             print this

Exit status: 0 all is well, 1 something is not, 2 wrong usage or settings, 69 the worker or Redis cannot
be reached (or there is no preview-worker command), 75 a job was not done in time.
END
}

fail() {
    printf '[ERROR] %s\n' "$2" >&2
    exit "$1"
}

options=()
while [ $# -gt 0 ]; do
    case "$1" in
        --url | --timeout)
            [ $# -ge 2 ] || fail 2 "$1 needs a value"
            options+=("$1" "$2")
            shift
            ;;
        --render | --probes-only | --dry-run | --json) options+=("$1") ;;
        --help)
            usage
            exit 0
            ;;
        *) fail 2 "unknown option $1; see --help" ;;
    esac
    shift
done

# The clone's own environment, if there is one, else whatever is installed.
command="$(dirname "$0")/../.venv/bin/preview-worker"
[ -x "$command" ] || command="$(command -v preview-worker)" ||
    fail 69 "there is no preview-worker command: install the package, or type make demo in a clone"

exec "$command" verify ${options[@]+"${options[@]}"}
