//! A dialect can be data: its paths, claims, `typ`, headers and settings come of a text that is read at run time.

use dialect::settings::PolicyDefaults;
use dialect::{
    BodyFormat, ClientPlace, Context, Dialect, DialectKind, Form, PageRoutes, Route, Setting, SettingsError,
    SettingsMap, SettingsReader, TokenCall, WireRequest, WireResponse, credentials, intern, respond,
};
use grant::{
    Call, Capabilities, ClaimSource, Client, Endpoint, Grant, GrantType, Hooks, KnownClaims, PlannedToken, Policy,
    Proof, PublicError, RateLimit, RefreshForm, Refusal, Reply, ScopeText, Scopes, SigningAlg, TokenFacts,
    TokenIdFormat, TokenKind, TokenPlan, TokenRequest, TokenView,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One vendor, as a file says it.
#[derive(Debug)]
struct Pack {
    /// Its words by what they are for, interned when the file is read.
    words: BTreeMap<String, &'static str>,
    routes: [Route; 1],
    pages: PageRoutes,
}

impl Pack {
    fn name(&self, member: &str) -> &'static str {
        self.words[member]
    }
}

#[derive(Debug)]
struct Data {
    pack: Arc<Pack>,
    policy: Policy,
    capabilities: Capabilities,
    settings: Vec<Setting>,
}

impl Data {
    fn new(pack: Arc<Pack>, given: &SettingsMap) -> Result<Self, SettingsError> {
        let mut reader = SettingsReader::new(given);
        let (name, help) = (pack.name("setting"), pack.name("help"));
        reader.text(name, "a text", help, |text| !text.is_empty());
        let policy = reader.policy(PolicyDefaults {
            access_ttl: 60,
            id_ttl: 60,
            refresh_ttl: 60,
            scopes: &[pack.name("scope")],
            alg: SigningAlg::Es256,
            rate_limit: RateLimit::Unlimited,
            refresh_form: RefreshForm::Handle,
        });
        let grants = vec![GrantType::ClientCredentials];
        let capabilities = Capabilities { grants, service_users: false, refresh_for_all: false };
        Ok(Self { pack, policy, capabilities, settings: reader.finish()? })
    }
}

impl Hooks for Data {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, _: &Client) -> Result<Scopes, Refusal> {
        Ok(self.policy.scopes.clone())
    }

    fn scope_text(&self, _: &str) -> Option<ScopeText<'_>> {
        Some(ScopeText { title: self.pack.name("title"), facts: &[], required: false })
    }

    fn issues_refresh(&self, _: GrantType, _: &Scopes) -> bool {
        false
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims::default()
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        let claims = vec![
            (self.pack.name("claim"), grant.client.id.shared().into()),
            ("jti", ClaimSource::TokenId(TokenIdFormat::Uuid)),
        ];
        let typ = self.pack.name("typ");
        TokenPlan { tokens: vec![PlannedToken { kind: TokenKind::Access, typ, kid: false, claims }] }
    }

    fn read(&self, _: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        let client = token.claims.str(self.pack.name("claim"))?;
        Some(TokenFacts {
            client_id: Some(client.into()),
            subject: client.into(),
            is_user: false,
            scopes: Scopes::empty(),
            token_id: None,
        })
    }
}

impl Dialect for Data {
    fn routes(&self) -> &[Route] {
        &self.pack.routes
    }

    fn pages(&self) -> Option<&PageRoutes> {
        Some(&self.pack.pages)
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn parse(&self, _: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal> {
        let form = Form::from_request(request)?;
        Ok(Call::Token(TokenRequest {
            client: credentials::read(request, &form, dialect::basic::Decoding::Plain, credentials::InBody::Accepted)?,
            proof: Ok(Proof::ClientCredentials),
            scopes: form.scopes(),
            extra: vec![(self.pack.name("claim"), String::new())],
        }))
    }

    fn encode(&self, _: &Reply, context: &Context<'_>) -> WireResponse {
        respond::json(200, self.pack.name("media"), &json!({})).with(self.pack.name("header"), context.path.to_owned())
    }

    fn encode_error(&self, _: PublicError<'_>, _: &Context<'_>) -> WireResponse {
        WireResponse::empty(400)
    }
}

/// The kind that a file makes; nothing in the program names any of its words.
fn kind(file: Value) -> DialectKind {
    let Value::Object(file) = file else { panic!("a file is an object") };
    let words: BTreeMap<_, _> =
        file.iter().map(|(name, word)| (name.clone(), intern(word.as_str().unwrap_or_default()))).collect();
    let text = |member: &str| words[member];
    let token_call = TokenCall {
        client: ClientPlace::STANDARD_BODY,
        is_only_place: false,
        body: BodyFormat::Form,
        asks: &[],
        access_token: text("token"),
        echoes: &[],
        secrets: &[],
    };
    let page = text("path");
    let routes = [Route { path: text("path"), endpoint: Endpoint::Token, methods: &["POST"] }];
    let pages = PageRoutes { login: page, consent: page, account: page, logout: page, error: page, device: None };
    let (id, vendor) = (text("id"), text("vendor"));
    let pack = Arc::new(Pack { words, routes, pages });
    DialectKind::of_data(id, vendor, token_call, "".into(), move |given| {
        Ok(Arc::new(Data::new(Arc::clone(&pack), given)?))
    })
}

fn file(vendor: &str) -> Value {
    let members = ["id", "path", "token", "claim", "typ", "header", "media", "setting", "help", "scope", "title"];
    let words = members.into_iter().map(|member| (member.to_owned(), format!("{vendor}-{member}").into()));
    let mut file: serde_json::Map<String, Value> = words.collect();
    file.insert("vendor".to_owned(), vendor.into());
    file.into()
}

#[test]
fn n55_routes_claims_headers_and_settings_come_of_data() {
    for vendor in ["acme", "globex"] {
        let kind = kind(file(vendor)).clone();
        assert_eq!((kind.vendor, kind.id), (vendor, &*format!("{vendor}-id")));
        let setting = format!("{vendor}-setting");
        let given = json!({ setting.as_str(): "x" });
        let dialect = kind.build(given.as_object().unwrap()).unwrap();
        assert_eq!(dialect.settings()[0].name, setting);
        assert!(kind.build(json!({"other": 1}).as_object().unwrap()).unwrap_err().message.contains(&setting));
        let path = dialect.routes()[0].path;
        assert_eq!((path, dialect.pages().unwrap().login), (&*format!("{vendor}-path"), path));
        assert_eq!(dialect.policy().scopes.joined(), format!("{vendor}-scope"));
        assert_eq!(dialect.scope_text("any").unwrap().title, format!("{vendor}-title"));
        let answer = dialect.encode(
            &Reply::Revoked,
            &Context {
                endpoint: Endpoint::Token,
                path,
                issuer: "i",
                back_channel: None,
                request_id: "r",
                asked: &dialect::Nothing,
            },
        );
        assert_eq!(answer.header(&format!("{vendor}-header")), Some(path));
        assert_eq!(answer.header("content-type"), Some(&*format!("{vendor}-media")));
    }
}

#[test]
fn n55_a_token_is_planned_and_read_back_in_the_words_of_data() {
    let dialect = kind(file("initech")).build(&SettingsMap::new()).unwrap();
    let (issuer, client, scopes) = (Arc::from("i"), Client::new("c"), Scopes::empty());
    let grant = Grant {
        issuer: &issuer,
        now: 1,
        grant_type: GrantType::ClientCredentials,
        client: &client,
        user: None,
        scopes: &scopes,
        login: None,
        refresh: None,
        extra: &[],
        audience: None,
        act: None,
    };
    let token = dialect.plan(&grant).tokens.remove(0);
    assert_eq!((token.typ, token.claims[0].0), ("initech-typ", "initech-claim"));
    let claims = serde_json::from_value(json!({"initech-claim": "c"})).unwrap();
    let facts = dialect.read(TokenKind::Access, &TokenView { typ: Some(token.typ), claims: &claims });
    assert_eq!(facts.unwrap().subject, "c".into());
}
