#!/bin/sh
# The devices as the hub knows them. Needs WATCHPOST_HUB and WATCHPOST_API_USER + WATCHPOST_API_PASSWORD_FILE (or a token).
exec "${WATCHPOST_PROVISION:-watchpost-provision}" inventory "$@"
