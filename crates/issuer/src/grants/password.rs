//! A user's name and password, which the user gave to the client (RFC 6749 section 4.3).

use super::Entitled;
use super::ground::may_refresh;
use super::{Proven, Refresh, RefreshToken, ScopeSource, Terms};
use crate::chain::Chain;
use crate::ids::Handle;
use crate::sign_in::{Attempt, SignInError};
use crate::state::{CodeRecord, ConsentNote, FamilyId, RedeemOutcome, Redemption, RequestId};
use crate::{At, ids};
use grant::{GrantType, Login, RefreshForm, Refusal, RefusalKind, Scopes, Secret, User};

pub(super) const TERMS: Terms = Terms { needs_entry: |_| true, scopes: ScopeSource::Client };

/// How many attempts of a name may fail in a minute where the mount has no pages to say so.
const FAILURES: u32 = 5;

pub(super) async fn prove(
    at: At<'_>,
    entitled: &Entitled<'_>,
    username: &str,
    password: &Secret,
) -> Result<Proven, Refusal> {
    if !entitled.spends {
        // A check takes a core's time, and counts: here the name must do.
        let user = at.mount.directory.find_by_username(username).filter(|user| !user.disabled);
        let user = user.ok_or_else(|| Refusal::invalid_grant("the user name is unknown"))?;
        return Ok(Proven::of(ids::family(), user));
    }
    let source = at.source.map_or_else(|| "unknown".to_owned(), |source| source.to_string());
    let failures = at.hooks.policy().sign_in.as_ref().map_or(FAILURES, |terms| terms.failures);
    let attempt = Attempt { username, password, source: &source, failures };
    let user = at.sign_in(attempt).await.map_err(refused)?;
    at.note(|notes| notes.user = Some(user.sub.clone()));
    let scopes = entitled.scopes.clone().unwrap_or_default();
    let login = Login {
        sid: ids::hex_upper(&ids::random::<16>()),
        auth_time: at.seconds(),
        issuer: at.here.cloned(),
        ..Login::default()
    };
    let (client, family) = (&entitled.client, ids::family());
    at.note(|notes| notes.family = Some(family));
    let is_due = at.hooks.issues_refresh(GrantType::Password, &scopes) && may_refresh(at.hooks, client).is_ok();
    let refresh = if is_due { Some(refresh(at, entitled, &user, &scopes, &login, family).await?) } else { None };
    Ok(Proven { family, user: Some(user), scopes, login: Some(login), refresh, act: None, until: None })
}

/// One answer for all that was wrong, so that nobody learns who there is.
fn refused(error: SignInError) -> Refusal {
    match error {
        SignInError::Wrong(why) => Refusal::invalid_grant(why),
        SignInError::Wait { retry_after, why } => Refusal::new(RefusalKind::RateLimited { retry_after }, why),
        SignInError::Failed(error) => error,
    }
}

/// A refresh token, kept as one is that comes of a code: as if the user had consented at a page.
async fn refresh(
    at: At<'_>,
    entitled: &Entitled<'_>,
    user: &User,
    scopes: &Scopes,
    login: &Login,
    family: FamilyId,
) -> Result<Refresh, Refusal> {
    let (policy, key, generation) = (at.hooks.policy(), at.handle_key().await?, at.mount.expiry.generation());
    let (now, chain) = (at.seconds(), Chain::new(family, &key));
    let expires_at = policy.refresh_ttl.after(now);
    let token = match policy.refresh.form {
        RefreshForm::Jwt => RefreshToken::JwtId(chain.first_jti(generation)),
        RefreshForm::Handle => RefreshToken::Handle(chain.first_handle(generation).as_str().to_owned()),
    };
    let client = &entitled.client.id;
    let note = ConsentNote {
        moment: at.now,
        subject: &user.sub,
        client_id: client.as_str(),
        scopes,
        remember: false,
        family: Some((family, expires_at)),
    };
    at.store().note_consent(at.realm(), note).await?;
    if policy.refresh.form == RefreshForm::Handle {
        let code = Handle::fresh(family);
        let record = CodeRecord {
            family,
            client_id: client.to_string(),
            redirect_uri: String::new(),
            challenge: None,
            subject: user.sub.to_string(),
            scopes: scopes.clone(),
            login: Some(login.clone()),
            expires_at: policy.code_ttl.after(now),
            refresh_until: Some(expires_at),
        };
        at.store().put_code(at.realm(), code.hash(), record).await?;
        let redemption = Redemption {
            request: RequestId(ids::random()),
            moment: at.now,
            family,
            code: code.hash(),
            client_id: client.clone(),
            redirect_uri: String::new(),
            challenge: None,
            scopes: None,
            refresh: Some(chain.first_handle(generation).hash()),
            spends: true,
        };
        let outcome = at.store().redeem_code(at.realm(), redemption).await?;
        if !matches!(outcome, RedeemOutcome::Granted(_)) {
            return Err(Refusal::internal("a code that nobody knows was not redeemed"));
        }
    }
    Ok(Refresh { scopes: scopes.clone(), expires_at, token })
}
