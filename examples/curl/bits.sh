#!/bin/sh
# Bits: a token for Basic credentials, and the customer it speaks for.
set -eu
gateway=${IDP_GATEWAY:-http://localhost:8080}

fail() { printf '%s\n' "$1" >&2; exit 1; }

answer=$(curl -sS "$gateway/bits/v1/oauth2/token" -u bits-demo:bits-demo-secret \
    -d grant_type=client_credentials -d scope=application.read)
printf '%s\n\n' "$answer"

# Not `token_type`, as RFC 6749 has it: the setting `also_token_type` adds that.
case $answer in
    '{"type":"Bearer","access_token":"'*) ;;
    *) fail 'no token' ;;
esac
token=$(printf '%s\n' "$answer" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

answer=$(curl -sS "$gateway/bits/oauth2/userinfo" -H "Authorization: bearer $token")
printf '%s\n' "$answer"
case $answer in
    '{"customerId":"bits:customer::'*) ;;
    *) fail 'no customer' ;;
esac
