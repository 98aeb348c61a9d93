#!/usr/bin/env bash
# Connections are opened and closed again, 2,000 at a time, on each kind of runtime: descriptors, tasks and memory must
# stay as they are. For 60 seconds, or as many as the first argument says.
set -euo pipefail
cd "$(dirname "$0")/.."
export AIRMAIL_SOAK_SECONDS=${1:-60}
cargo test --quiet -p airmail --test net -- --exact soak::connections_leave_nothing
echo "soak: nothing was left in $AIRMAIL_SOAK_SECONDS s"
