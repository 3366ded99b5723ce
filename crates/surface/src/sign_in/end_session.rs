//! The end-session endpoint.

use super::Visit;
use super::cookies::Cookie;
use dialect::{Context, WireResponse};
use grant::{EndSessionRequest, Endpoint, Refusal, Reply};

/// Answers a request to end the session.
pub(crate) async fn end_session(
    visit: &Visit<'_>,
    request: &EndSessionRequest,
    context: &Context<'_>,
) -> Result<WireResponse, Refusal> {
    if let Some(response) = visit.again_by_get(Endpoint::EndSession) {
        return Ok(response);
    }
    let session = visit.session().await?;
    let ended = visit.at.end_session(request, session.as_ref()).await?;
    let is_over = ended.to.is_some();
    let response = visit.dialect.encode(&Reply::EndSession(ended.to), context);
    let response = if is_over { visit.clear_cookie(response, Cookie::Session) } else { response };
    visit.tell(ended.notices);
    visit.exchange.learn(|facts| facts.note = ended.why);
    Ok(response)
}
