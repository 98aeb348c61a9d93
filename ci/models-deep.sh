#!/usr/bin/env bash
# Runs the models one preemption deeper (or as many as the first argument says), for as long as that takes, and
# appends the date and the counts to results/models.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
export AIRMAIL_MODEL_BOUND=+${1:-1}
mkdir -p results
counts=$(ci/models.sh)
{
    echo "$(date -u +%FT%TZ) $(git rev-parse --short HEAD) bound $AIRMAIL_MODEL_BOUND"
    printf '%s\n\n' "$counts"
} | tee -a results/models.txt
