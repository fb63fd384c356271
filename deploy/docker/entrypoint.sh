#!/bin/sh
# Without SIGNALBOX_SECRET, the one that the migrate step made once and left in the shared volume.
set -e
if [ -z "$SIGNALBOX_SECRET" ] && [ -r "$SIGNALBOX_DATA/secret" ]; then
  SIGNALBOX_SECRET="$(cat "$SIGNALBOX_DATA/secret")"
  export SIGNALBOX_SECRET
fi
exec "$@"
