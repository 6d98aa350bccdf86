#!/bin/bash
# Looks at a worker in a cluster through its service, from this machine. Twin: smoke-test.ps1.
set -euo pipefail

usage() {
    cat <<'END'
Usage: smoke-test.sh [options]

Forwards a free port to the service of the workers, looks at probes and metrics through it, and stops forwarding.
With the other option a pod renders a small tutorial too. Changes nothing else; safe to run again.

  --namespace NAME   where the workers are (default: preview-worker)
  --service NAME     their service (default: preview-worker)
  --timeout SECONDS  for the forwarding to begin, and for each job (default: 180)
  --render           render a small tutorial in a pod, end to end
  --dry-run          say what would be done, and do nothing
  --json             print one JSON object for each verification
  --help             print this

Exit status: 0 all is well, 2 wrong usage, 69 there is no kubectl, or nothing is forwarded, else that of the
verification, as verify-preview-worker tells.
END
}

fail() {
    printf '[ERROR] %s\n' "$2" >&2
    exit "$1"
}

namespace=preview-worker service=preview-worker timeout=180 render=no dry_run=no json=()
while [ $# -gt 0 ]; do
    case "$1" in
        --namespace | --service | --timeout)
            [ $# -ge 2 ] || fail 2 "$1 needs a value"
            case "$1" in
                --namespace) namespace="$2" ;;
                --service) service="$2" ;;
                --timeout) timeout="$2" ;;
            esac
            shift
            ;;
        --render) render=yes ;;
        --dry-run) dry_run=yes ;;
        --json) json=(--json) ;;
        --help)
            usage
            exit 0
            ;;
        *) fail 2 "unknown option $1; see --help" ;;
    esac
    shift
done
[[ "$timeout" =~ ^[1-9][0-9]*$ ]] || fail 2 "$timeout is no number of seconds"

forward=(kubectl --namespace "$namespace" port-forward "service/$service" :80)
rendering=(kubectl --namespace "$namespace" exec deployment/preview-worker -- preview-worker verify --render
    --timeout "$timeout" ${json[@]+"${json[@]}"})
if [ "$dry_run" = yes ]; then
    printf '[INFO] would run %s\n' "${forward[*]}"
    printf '[INFO] would look at probes and metrics through it\n'
    [ "$render" = no ] || printf '[INFO] would run %s\n' "${rendering[*]}"
    exit 0
fi
command -v kubectl >/dev/null || fail 69 "there is no kubectl"

# kubectl takes a free port and says which, as soon as it listens.
folder="$(mktemp -d)"
mkfifo "$folder/told"
"${forward[@]}" >"$folder/told" &
forwarder=$!
trap 'kill "$forwarder" 2>/dev/null || true; rm -rf "$folder"' EXIT
exec 3<"$folder/told"
read -r -t "$timeout" line <&3 || fail 69 "nothing is forwarded to service/$service in $namespace"
[[ "$line" =~ 127\.0\.0\.1:([0-9]+) ]] || fail 69 "kubectl does not say which port it forwards"

url="http://127.0.0.1:${BASH_REMATCH[1]}"
"$(dirname "$0")/verify-preview-worker.sh" --url "$url" --probes-only ${json[@]+"${json[@]}"}
[ "$render" = no ] || "${rendering[@]}"
