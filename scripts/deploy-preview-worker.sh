#!/bin/bash
# Rolls an overlay out to a cluster and verifies it there. Twin: deploy-preview-worker.ps1.
set -euo pipefail

usage() {
    cat <<'END'
Usage: deploy-preview-worker.sh [options]

Applies an overlay of k8s/preview-worker, waits until it is rolled out, and verifies it in a pod. Safe to run
again. Secrets are never applied, only looked for: k8s/preview-worker/README.md says how they are made.

  --overlay NAME     dev, staging or production (default: staging)
  --namespace NAME   where to deploy (default: the overlay's)
  --image-tag TAG    the image's tag (default: the overlay's)
  --timeout SECONDS  for each rollout, and for the verification's job (default: 420)
  --skip-secrets     do not look for the secret before anything is applied
  --dry-run          build the overlay, say what would be done, and change nothing
  --help             print this

Exit status: 0 done, 1 the secret is missing, 2 wrong usage, 69 there is no kubectl, else that of the kubectl
or preview-worker command that failed.
END
}

say() { printf '[%s] %s\n' "$1" "$2"; }

fail() {
    printf '[ERROR] %s\n' "$2" >&2
    exit "$1"
}

run() {
    if [ "$dry_run" = yes ]; then
        say INFO "would run $*"
        return
    fi
    say INFO "$*"
    "$@" || give_up $? "$*"
}

give_up() {
    printf '[ERROR] %s ended with %s\n' "$2" "$1" >&2
    printf 'Next steps: kubectl --namespace %s get events; kubectl --namespace %s rollout undo %s\n' \
        "$namespace" "$namespace" deployment/preview-worker >&2
    exit "$1"
}

overlay=staging namespace='' tag='' timeout=420 secrets=yes dry_run=no
while [ $# -gt 0 ]; do
    case "$1" in
        --overlay | --namespace | --image-tag | --timeout)
            [ $# -ge 2 ] || fail 2 "$1 needs a value"
            case "$1" in
                --overlay) overlay="$2" ;;
                --namespace) namespace="$2" ;;
                --image-tag) tag="$2" ;;
                --timeout) timeout="$2" ;;
            esac
            shift
            ;;
        --skip-secrets) secrets=no ;;
        --dry-run) dry_run=yes ;;
        --help)
            usage
            exit 0
            ;;
        *) fail 2 "unknown option $1; see --help" ;;
    esac
    shift
done

cluster="$(cd "$(dirname "$0")/../k8s/preview-worker" && pwd)"
settings="$cluster/overlays/$overlay/kustomization.yaml"
[ -f "$settings" ] || fail 2 "there is no overlay $overlay"
[[ "$namespace" =~ ^[a-z0-9-]*$ ]] || fail 2 "$namespace is no name of a namespace"
[[ "$tag" =~ ^[A-Za-z0-9_.-]*$ ]] || fail 2 "$tag is no tag of an image"
[[ "$timeout" =~ ^[1-9][0-9]*$ ]] || fail 2 "$timeout is no number of seconds"
command -v kubectl >/dev/null || fail 69 "there is no kubectl"
[ -n "$namespace" ] || namespace="$(sed -n 's/^namespace: *//p' "$settings")"

# An overlay over the overlay, so that nothing that is committed has to be changed.
folder="$(mktemp -d "$cluster/.deploy.XXXXXX")"
trap 'rm -rf "$folder"' EXIT
{
    printf 'resources: [../overlays/%s]\nnamespace: %s\n' "$overlay" "$namespace"
    if [ -n "$tag" ]; then
        image=ghcr.io/mobius-org/mobius-preview-worker
        printf 'images: [{name: %s, newTag: "%s"}]\n' "$image" "$tag"
    fi
} >"$folder/kustomization.yaml"

printf '=== Deploy %s to %s ===\n' "$overlay" "$namespace"
kubectl kustomize "$folder" >/dev/null || give_up $? "kubectl kustomize"
say SUCCESS "the overlay can be built"
if [ "$secrets" = yes ] && [ "$dry_run" = no ]; then
    kubectl --namespace "$namespace" get secret preview-worker-secrets --output name >/dev/null ||
        fail 1 "there is no secret preview-worker-secrets in $namespace; see k8s/preview-worker/README.md"
    say SUCCESS "the secret is there"
fi
run kubectl apply -k "$folder"
for deployment in preview-worker preview-worker-api; do
    run kubectl --namespace "$namespace" rollout status "deployment/$deployment" "--timeout=${timeout}s"
done
run kubectl --namespace "$namespace" exec deployment/preview-worker -- preview-worker verify --timeout "$timeout"
if [ "$dry_run" = yes ]; then
    echo "OK - nothing was changed"
else
    echo "OK - $overlay is deployed to $namespace"
fi
