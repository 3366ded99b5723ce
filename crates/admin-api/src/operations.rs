//! The calls of the API, each declared once. The server's routes, the `OpenAPI` document, the URLs that clients call and
//! the manual's table are made of this list.

use crate::operation::{About, Operation, Query};
use crate::{
    ChangeView, ClientSpec, ClientView, ClockAdvance, ClockChange, ClockView, CodeReply, CodeRequest, DeviceDecision,
    DeviceView, GatewayView, Inspection, JournalText, JwksView, KeyOrder, KeyView, Lines, Listed, Misuse, MountView,
    NamespaceSpec, NamespaceTtl, NamespaceView, PackDoc, PackView, Page, PatReply, PatRequest, PatView, Patch, Preview,
    Rates, Right, RotateRequest, Scenario, ScenarioSpec, Set, SetView, SettingView, Settings, State, Text, TokenOrder,
    TokenSelection, TokenSet, TokenText, Trial, TrialSpec, UserSpec, UserView, Verified, VerifySpec,
};
use crate::{filter, rules};

macro_rules! query {
    () => {
        &[]
    };
    ($query:expr) => {
        $query
    };
}

macro_rules! operations {
    ($($section:literal { $(
        $(#[doc = $help:literal])+
        $name:ident: $right:ident $method:ident $path:literal $(, $query:expr;)? $body:ty => $answer:ty;
    )+ })+) => {
        $($(
            $(#[doc = $help])+
            pub const $name: Operation<$body, $answer> = Operation::new(
                $section,
                stringify!($name),
                Right::$right,
                (stringify!($method), $path),
                query!($($query)?),
                &[$($help),+],
            );
        )+)+

        /// Every call.
        pub const ALL: &[About] = &[$($($name.about),+),+];
    };
}

const PAGE: &[Query] =
    &[Query::LIMIT, Query { name: "after", help: "`next` of the page before.", schema: rules::line }];
/// The forms in which clients and users are listed.
const LISTED: &[Query] = &[
    Query::LIMIT,
    Query { name: "after", help: "`next` of the page before.", schema: rules::line },
    Query {
        name: "format",
        help: "`json` (a page), or `jsonl` (an object to a line) or `csv`: all of them, unless `limit` says how many. Left out, \
               as `Accept` says.",
        schema: || rules::word(["json", "jsonl", "csv"]),
    },
];
const MERGE: &[Query] =
    &[Query { name: "merge", help: "Whether what the body does not name stays.", schema: rules::switch }];
const WITH: &[Query] =
    &[Query { name: "with", help: "`tokens`: keys and all that was issued, too.", schema: rules::tokens }];

operations! {
    "Gateway" {
        /// Which gateway this is, how it is, and what the caller may do.
        GET_GATEWAY: Read GET "/v1/gateway" () => GatewayView;
        /// The settings of the process, in the order of the manual; of a secret that it is set.
        LIST_SETTINGS: Read GET "/v1/settings" () => Vec<SettingView>;
    }
    "Mounts" {
        /// All mounts, in the order of the configuration.
        LIST_MOUNTS: Read GET "/v1/mounts" () => Vec<MountView>;
        /// One mount: its endpoints, its settings, how many clients and users it has.
        GET_MOUNT: Read GET "/v1/mounts/{mount}" () => MountView;
        /// Sends a request to a mount of the public listener, as a client would, and gives both sides byte for byte.
        TRY_REQUEST: Test POST "/v1/mounts/{mount}/try" TrialSpec => Trial;
    }
    "Settings" {
        /// Changes some settings of a mount; the others stay, and null puts back what the file says.
        CHANGE_SETTINGS: All PATCH "/v1/mounts/{mount}/settings" Patch<Settings> => Vec<SettingView>;
    }
    "Packs" {
        /// The packs that mounts serve, in the order of the configuration.
        LIST_PACKS: Read GET "/v1/packs" () => Vec<PackView>;
        /// What there is to say of a mount's pack: where it departs from its base, what is documented, inferred and proven, and
        /// what the mount answers to each refusal.
        GET_PACK: Read GET "/v1/mounts/{mount}/pack" () => PackDoc;
    }
    "Changes" {
        /// What was changed at run time over what the file says, and whether that hides something of it.
        LIST_CHANGES: Read GET "/v1/changes", PAGE; () => Page<ChangeView>;
    }
    "Clients" {
        /// The clients of a mount, sorted by id.
        LIST_CLIENTS: Read GET "/v1/mounts/{mount}/clients", LISTED; () => Listed<ClientView>;
        /// Puts all clients of a mount at once: those that the body does not name are removed, unless `merge` is true. Nothing
        /// is changed where one does not fit.
        PUT_CLIENTS: All PUT "/v1/mounts/{mount}/clients", MERGE; Set<ClientSpec> => SetView;
        /// One client, without its secret.
        GET_CLIENT: Read GET "/v1/mounts/{mount}/clients/{id}" () => ClientView;
        /// Makes or replaces a client: what the body leaves out takes its default. Without a secret it is a public
        /// client.
        PUT_CLIENT: All PUT "/v1/mounts/{mount}/clients/{id}" ClientSpec => ClientView;
        /// Changes a part of a client (RFC 7396): what the body leaves out stays, and follows the file. Null takes a
        /// member away.
        PATCH_CLIENT: All PATCH "/v1/mounts/{mount}/clients/{id}" Patch<ClientSpec> => ClientView;
        /// Removes a client. Its live tokens are refused from then on.
        DELETE_CLIENT: All DELETE "/v1/mounts/{mount}/clients/{id}" () => ();
    }
    "Users" {
        /// The users of a mount, sorted by sub.
        LIST_USERS: Read GET "/v1/mounts/{mount}/users", LISTED; () => Listed<UserView>;
        /// Puts all users of a mount at once: those that the body does not name are removed, unless `merge` is true. Nothing
        /// is changed where one does not fit.
        PUT_USERS: All PUT "/v1/mounts/{mount}/users", MERGE; Set<UserSpec> => SetView;
        /// One user by sub, without the password.
        GET_USER: Read GET "/v1/mounts/{mount}/users/{sub}" () => UserView;
        /// Makes or replaces a user: what the body leaves out takes its default. The password is kept as an Argon2id
        /// hash.
        PUT_USER: All PUT "/v1/mounts/{mount}/users/{sub}" UserSpec => UserView;
        /// Changes a part of a user (RFC 7396): what the body leaves out stays, and follows the file. Null takes a
        /// member away.
        PATCH_USER: All PATCH "/v1/mounts/{mount}/users/{sub}" Patch<UserSpec> => UserView;
        /// Removes a user. Tokens that speak for the user are refused from then on.
        DELETE_USER: All DELETE "/v1/mounts/{mount}/users/{sub}" () => ();
    }
    "Personal access tokens" {
        /// The personal access tokens of a user (a sub or a username), newest first, ended ones included, without
        /// their text.
        LIST_PATS: Read GET "/v1/mounts/{mount}/users/{sub}/pats" () => Vec<PatView>;
        /// Makes a personal access token for a user (a sub or a username). Its text is shown this once.
        MAKE_PAT: All POST "/v1/mounts/{mount}/users/{sub}/pats" PatRequest => PatReply;
        /// Revokes a personal access token of a user (a sub or a username). It is dead when this answers.
        REVOKE_PAT: All DELETE "/v1/mounts/{mount}/users/{sub}/pats/{id}" () => ();
    }
    "Keys" {
        /// The keys of a mount, symmetric ones with their secret (`oct`), to check and to forge tokens with in tests.
        GET_JWKS: All GET "/v1/mounts/{mount}/jwks" () => JwksView;
        /// The signing keys of a mount in the order in which they begin to sign, without what they sign with.
        LIST_KEYS: Read GET "/v1/mounts/{mount}/keys" () => Vec<KeyView>;
        /// Has a mount sign with a key of one's own, which every replica has before it signs. It is never shown again.
        ADD_KEY: All POST "/v1/mounts/{mount}/keys" KeyOrder => Vec<KeyView>;
        /// Makes a new signing key, which every replica has before it signs. The key before it verifies until what it
        /// signed has ended.
        ROTATE_KEY: All POST "/v1/mounts/{mount}/keys/rotate" RotateRequest => Vec<KeyView>;
        /// Forgets a key that does not sign, and so refuses every token that it signed. It is for a key that others
        /// have come to know.
        FORGET_KEY: All DELETE "/v1/mounts/{mount}/keys/{id}" () => ();
    }
    "Codes" {
        /// Issues an authorization code as if the user had signed in and consented now.
        ISSUE_CODE: Test POST "/v1/mounts/{mount}/codes" CodeRequest => CodeReply;
    }
    "Devices" {
        /// Allows or denies a device that waits (RFC 8628), by its user code, as if the user had signed in and decided now.
        DECIDE_DEVICE: Test POST "/v1/mounts/{mount}/devices/{id}" DeviceDecision => DeviceView;
    }
    "Tokens" {
        /// Issues live tokens as they are ordered, without a secret and counted by no limit: with other claims, another
        /// lifetime or a flaw where that is asked for.
        ISSUE_TOKENS: Test POST "/v1/mounts/{mount}/tokens" TokenOrder => TokenSet;
        /// Expires tokens that are out, without moving the clock. What is issued after it holds. Validators that look at a
        /// JWT alone do not see it.
        EXPIRE_TOKENS: Test POST "/v1/mounts/{mount}/tokens/expire" TokenSelection => ();
        /// Says what a token is, and everything that is wrong with it. It is neither logged nor kept.
        INSPECT_TOKEN: Read POST "/v1/tokens/inspect" TokenText => Inspection;
    }
    "Clock" {
        /// The clock of all minting and checking: the present, and how it derives from real time.
        GET_CLOCK: Read GET "/v1/clock" () => ClockView;
        /// Freezes the clock at a moment, or shifts it by an offset from real time.
        SET_CLOCK: Test PUT "/v1/clock" ClockChange => ClockView;
        /// Puts the clock back to real time.
        DELETE_CLOCK: Test DELETE "/v1/clock" () => ();
        /// Lets time pass: a frozen clock stands still at the later moment, a running one runs on from it.
        ADVANCE_CLOCK: Test POST "/v1/clock/advance" ClockAdvance => ClockView;
    }
    "Namespaces" {
        /// The namespaces there are, sorted by name.
        LIST_NAMESPACES: Read GET "/v1/namespaces", PAGE; () => Page<NamespaceView>;
        /// Makes a namespace: a gateway of its own beside all others, as the configuration file says it, at real time. It
        /// ends by itself.
        MAKE_NAMESPACE: Test POST "/v1/namespaces" NamespaceSpec => NamespaceView;
        /// One namespace: where it is reached, and when it ends.
        GET_NAMESPACE: Read GET "/v1/namespaces/{id}" () => NamespaceView;
        /// Has a namespace end later or earlier: its time counts anew from now.
        EXTEND_NAMESPACE: Test PUT "/v1/namespaces/{id}" NamespaceTtl => NamespaceView;
        /// Ends a namespace now, with all that it has.
        DELETE_NAMESPACE: Test DELETE "/v1/namespaces/{id}" () => ();
    }
    "Scenarios" {
        /// The scenarios in force, oldest first; one that is used up stays, with 0 remaining.
        LIST_SCENARIOS: Read GET "/v1/scenarios" () => Vec<Scenario>;
        /// Makes the requests that match fail, wait or go wrong. The oldest scenario that matches acts.
        ADD_SCENARIO: Test POST "/v1/scenarios" ScenarioSpec => Scenario;
        /// What clients will see of a scenario, in the vendor's own bytes. It is checked as one that is added, and not added.
        PREVIEW_SCENARIO: Read POST "/v1/scenarios/preview" ScenarioSpec => Preview;
        /// One scenario: how often it has matched, its next step, and the requests that it acted on.
        GET_SCENARIO: Read GET "/v1/scenarios/{id}" () => Scenario;
        /// Removes all scenarios.
        DELETE_SCENARIOS: Test DELETE "/v1/scenarios" () => ();
        /// Removes one scenario.
        DELETE_SCENARIO: Test DELETE "/v1/scenarios/{id}" () => ();
    }
    "Journal" {
        /// The last requests that the query names, newest first, in one of several forms. With `Accept:
        /// text/event-stream` it goes on with those to come, oldest first.
        READ_JOURNAL: Read GET "/v1/journal", filter::READ; () => JournalText;
        /// Says whether so many requests came, and waits for them. Where it does not hold it is 422 with the entries
        /// that are nearest, and what differs.
        VERIFY_JOURNAL: Read POST "/v1/journal/verify" VerifySpec => Verified;
        /// How many requests came to each mount in the last quarter of an hour, how many were refused, and how long they took.
        READ_RATES: Read GET "/v1/journal/rates" () => Rates;
        /// What clients do that they should not, with where that is written.
        FIND_MISUSE: Read GET "/v1/journal/misuse", filter::MISUSE; () => Vec<Misuse>;
        /// Forgets all entries.
        CLEAR_JOURNAL: All DELETE "/v1/journal" () => ();
    }
    "State" {
        /// All that was changed at run time, to be loaded again: clients, users, settings, clock and scenarios. Hashes of
        /// secrets are in it; with `with=tokens` so are private keys and all that was issued.
        GET_STATE: All GET "/v1/state", WITH; () => State;
        /// Puts back what `GET /v1/state` gave, exactly: all of it, or nothing. What was issued stays, where it is not in it.
        PUT_STATE: All PUT "/v1/state" State => ();
    }
    "Reset" {
        /// Puts everything back to the configuration file. It forgets counters, codes, refresh tokens, sessions,
        /// consents, personal access tokens, revocations, the journal, scenarios, the clock's setting and every
        /// run-time change. Keys stay.
        RESET: Test POST "/v1/reset" () => ();
    }
    "Store" {
        /// All that the store keeps, as a backup that `idp-gateway store restore` takes: hashes of secrets and private
        /// keys are in it. It ends with a line that begins with `{"end"`; without that line it is not whole.
        BACK_UP: All GET "/v1/store/backup" () => Lines;
    }
    "Metrics" {
        /// What the process has counted and timed, as Prometheus reads it.
        GET_METRICS: Metrics GET "/metrics" () => Text;
    }
    "Description" {
        /// The description of all these calls (`OpenAPI` 3.1).
        GET_OPENAPI: Read GET "/openapi.json" () => serde_json::Value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_name_in_a_url_stays_one_segment() {
        let url = LIST_PATS.url(&["bits", "a/b?é .."]);
        assert_eq!(url, "/v1/mounts/bits/users/a%2Fb%3F%C3%A9%20%2E%2E/pats");
    }

    #[test]
    fn no_two_calls_are_the_same() {
        let calls: BTreeSet<_> = ALL.iter().map(|call| (call.path, call.method)).collect();
        assert_eq!(calls.len(), ALL.len());
    }

    #[test]
    fn the_manual_has_the_table_of_all_calls() {
        let row = |call: &About| {
            let anchor = call.section.to_lowercase().replace(' ', "-");
            let (right, summary) = (call.right.as_str(), call.summary());
            format!("| [`{} {}`](#{anchor}) | `{right}` | {summary} |\n", call.method, call.path)
        };
        let table: String = ALL.iter().map(row).collect();
        let manual = include_str!("../../../docs/admin-api.md");
        assert!(manual.contains(&table), "docs/admin-api.md must have this table:\n{table}");
        for call in ALL {
            assert!(manual.contains(&format!("\n## {}\n", call.section)), "no heading {}", call.section);
        }
    }
}
