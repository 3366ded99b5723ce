#!/bin/sh
# BrightHR: discovery, an app token, and forward auth: what a reverse proxy asks before it lets a request through.
set -eu
gateway=${IDP_GATEWAY:-http://localhost:8080}

fail() { printf '%s\n' "$1" >&2; exit 1; }

# The value of the string $1 in the JSON on standard input.
field() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }

answer=$(curl -sS "$gateway/brighthr-sandbox/.well-known/openid-configuration")
printf '%s\n\n' "$answer"
case $answer in
    '{"issuer":"'*'"token_endpoint":"'*) ;;
    *) fail 'no discovery document' ;;
esac
token_endpoint=$(printf '%s\n' "$answer" | field token_endpoint)

answer=$(curl -sS "$token_endpoint" -d grant_type=client_credentials -d scope=employee:read \
    -d client_id=brighthr-sandbox-app -d client_secret=brighthr-sandbox-app-secret)
printf '%s\n\n' "$answer"
case $answer in
    '{"access_token":"'*'"scope":"employee:read"'*) ;;
    *) fail 'no token' ;;
esac
token=$(printf '%s\n' "$answer" | field access_token)

# The gateway checks the token; the headers of the answer say whose it is.
verify=$gateway/_gateway/verify/brighthr-sandbox
answer=$(curl -sSi "$verify?scope=employee:read" -H "Authorization: Bearer $token")
printf '%s\n\n' "$answer"
case $answer in
    'HTTP/1.1 200 '*'x-auth-client: brighthr-sandbox-app'*) ;;
    *) fail 'the token does not pass' ;;
esac

# An app's token speaks for no user: where one is required, the answer is the vendor's own 403.
answer=$(curl -sSi "$verify?user=required" -H "Authorization: Bearer $token")
printf '%s\n\n' "$answer"
case $answer in
    'HTTP/1.1 403 '*'#forbidden"'*) ;;
    *) fail 'a token without a user passes' ;;
esac

answer=$(curl -sSi "$verify")
printf '%s\n' "$answer"
case $answer in
    'HTTP/1.1 401 '*'#unauthorized"'*) ;;
    *) fail 'no token, and not refused' ;;
esac
