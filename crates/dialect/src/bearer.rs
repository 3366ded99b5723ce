//! Reads `Authorization: Bearer` (RFC 6750 section 2.1).

use crate::WireRequest;
use grant::{Bearer, GrantError, GrantErrorKind, Secret, TokenFault};

/// The bearer token of a request; none where there is no Bearer header. The scheme's case does not matter.
/// A header that is there twice, or whose token has no token's form, is an invalid token.
pub fn read(request: &WireRequest<'_>) -> Result<Bearer, GrantError> {
    let invalid = |cause: &'static str| GrantError::new(GrantErrorKind::InvalidToken(TokenFault::Invalid), cause);
    let header = request.header("authorization").map_err(|_| invalid("Authorization is repeated or not plain text"))?;
    let Some((scheme, token)) = header.map(|value| value.split_once(' ').unwrap_or((value, ""))) else {
        return Ok(Bearer { token: None });
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Bearer { token: None });
    }
    let token = token.trim();
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(admitted) {
        return Err(invalid("the bearer token has characters that no token has (RFC 6750 section 2.1)"));
    }
    Ok(Bearer { token: Some(Secret::from(token)) })
}
