#!/usr/bin/env bash
# Runs the models of the core, optimised, and prints what each explored: executions, bound of preemptions,
# outcomes seen.
#
#   ci/models.sh          runs them
#   ci/models.sh FIGURES  prints what a run with AIRMAIL_MODEL_FIGURES=FIGURES explored
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then
    figures=$1
else
    figures=$(mktemp)
    trap 'rm -f "$figures"' EXIT
    AIRMAIL_MODEL_FIGURES=$figures cargo test --release --quiet -p airmail-model -- --test-threads=2
fi
sort "$figures"
awk '$1 == "model" { models++; executions += $3 }
    END { printf "models: %d models, %d executions\n", models, executions; exit models == 0 }' "$figures"
