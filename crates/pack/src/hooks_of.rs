//! What a pack says to the grant model.

use crate::dialect_of::PackDialect;
use crate::file::Missing;
use crate::request::PART;
use dialect::basic;
use grant::{
    Capabilities, Client, Grant, GrantType, Hooks, Identity, KnownClaims, Policy, Refusal, RefusalKind, Remarks, Scope,
    ScopeFault, ScopeText, Scopes, TokenFacts, TokenKind, TokenPlan, TokenRequest, TokenView, User,
};

impl Hooks for PackDialect {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, client: &Client) -> Result<Scopes, Refusal> {
        if let Some(standard) = self.standard.as_ref().filter(|_| !self.pack.own.scopes) {
            return standard.default_scopes(client);
        }
        let rules = &self.pack.scopes;
        let usable = |name: &&&str| client.scopes.contains(name) && self.policy.scopes.contains(name);
        let scopes = match rules.missing {
            Missing::All => client.scopes.clone(),
            Missing::First => {
                rules.first_of.iter().find(usable).and_then(|name| Scope::new(name)).into_iter().collect()
            }
            Missing::Refused => Scopes::empty(),
        };
        if scopes.is_empty() { Err(self.pack.reader.no_scopes()) } else { Ok(scopes) }
    }

    fn check_scopes(&self, request: &TokenRequest, grant_type: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
        if let Some(standard) = &self.standard {
            standard.check_scopes(request, grant_type, scopes)?;
        }
        if let Some(scope) = scopes.iter().find(|scope| self.pack.scopes.alone.contains(&scope.as_str()))
            && scopes.len() > 1
        {
            let kind = RefusalKind::InvalidScope(ScopeFault::Exclusive(scope.clone()));
            return Err(Refusal::new(kind, format!("scope `{scope}` was asked for together with another")));
        }
        for rule in self.pack.reader.parameters.iter().filter(|rule| scopes.contains(rule.scope)) {
            if rule.counts_at(Some(grant_type)) {
                let value = request.extra.iter().find(|(name, _)| *name == rule.name);
                rule.check(value.map(|(_, value)| value.as_str()))?;
            }
        }
        Ok(())
    }

    fn check_request(&self, client: &Client, request: &TokenRequest) -> Result<(), Refusal> {
        for (rule, is_part) in self.pack.reader.rules() {
            let is_it = |known: &str| {
                let name = if is_part { known.strip_prefix(PART) } else { Some(known) };
                name == Some(rule.name)
            };
            let value = request.extra.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value.as_str());
            rule.check_bound(client, value)?;
        }
        Ok(())
    }

    fn permits(&self, client: &Client, scope: &Scope) -> bool {
        let implied = |(with, name): &(&str, &str)| *scope == *name && client.scopes.contains(with);
        client.scopes.contains(scope.as_str()) || self.pack.scopes.implies.iter().any(implied)
    }

    fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool {
        self.pack.tokens.issues_refresh(grant_type, scopes)
    }

    fn scope_text(&self, scope: &str) -> Option<ScopeText<'_>> {
        self.standard.as_ref()?.scope_text(scope)
    }

    fn check_userinfo(&self, identity: &Identity) -> Result<(), Refusal> {
        if self.standard.is_some() && identity.user.is_none() {
            return Err(Refusal::new(RefusalKind::UserRequired, "an app's token speaks for no user"));
        }
        let wanted = self.pack.userinfo_scope;
        if wanted.is_empty() || identity.facts.scopes.contains(wanted) {
            return Ok(());
        }
        let kind = RefusalKind::InsufficientScope { scope: Scope::new(wanted) };
        Err(Refusal::new(kind, format!("the token lacks the scope `{wanted}`")))
    }

    fn signs_with_secrets(&self) -> bool {
        self.pack.authorize.is_signed()
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims { client: &self.pack.known_of_client, user: &self.pack.known_of_user }
    }

    fn check_client(&self, client: &Client, _: Option<&str>, remarks: &mut Remarks) {
        if self.pack.reader.is_basic_plain() {
            basic::check_id(client, remarks);
        }
        if self.signs_with_secrets() && client.mac_keys.is_empty() && !client.redirect_uris.is_empty() {
            let message = "what this vendor signs with it in the callback is left out, for a digest of it alone is known: give \
                           `secret`, `secret_file` or `secret_env` in the configuration file";
            remarks.warn("secret", message);
        }
        for name in self.pack.client_claims.iter().filter(|name| client.claims.get(name).is_none()) {
            remarks.refuse("claims", format!("a client of {} has a `{name}`: add it to its claims", self.pack.vendor));
        }
    }

    fn check_user(&self, user: &User, remarks: &mut Remarks) {
        if let Some(standard) = &self.standard {
            standard.check_user(user, remarks);
        }
        let is_number = || user.sub.parse::<i64>().is_ok_and(|number| number.to_string() == *user.sub);
        if self.pack.tokens.has_numbered_users() && !is_number() {
            let message = format!("`{}` must be a whole number in plain digits: the tokens have it as one", user.sub);
            remarks.refuse("sub", message);
        }
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        let (tokens, own) = (&self.pack.tokens, self.pack.own);
        let Some(standard) = self.standard.as_ref().filter(|_| !(own.access && own.id)) else {
            return tokens.plan(grant, &self.policy);
        };
        let mut plan = standard.plan(grant);
        if own.access || own.id || tokens.has_refresh() {
            plan.tokens.retain(|token| !own.token(token.kind));
            let made = tokens.plan(grant, &self.policy).tokens;
            plan.tokens.extend(made.into_iter().filter(|token| own.token(token.kind)));
            // What the access token is hashed into comes after it.
            plan.tokens.sort_by_key(|token| token.kind != TokenKind::Access);
        }
        plan
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        let (tokens, own) = (&self.pack.tokens, self.pack.own);
        match &self.standard {
            Some(standard) if !own.token(kind) => {
                let is_another = (own.access || own.id) && !tokens.is_ours(kind, token);
                standard.read(kind, token).filter(|_| !is_another)
            }
            _ => tokens.read(kind, token),
        }
    }
}
