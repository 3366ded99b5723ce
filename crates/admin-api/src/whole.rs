//! Whole numbers as JSON has them: `3600` and `3600.0` are the same.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// A whole number.
pub(crate) fn read<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    whole(&Number::deserialize(deserializer)?)
}

/// A whole number, or none.
pub(crate) fn read_any<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::<Number>::deserialize(deserializer)?.as_ref().map(whole).transpose()
}

/// Where an `f64` tells each whole number from the next.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn whole<T: TryFrom<i64>, E: Error>(number: &Number) -> Result<T, E> {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the bounds of i64")]
    let of_float = |value: f64| (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64);
    let value = number.as_i64().or_else(|| number.as_f64().and_then(of_float));
    let bounds = if T::try_from(-1).is_err() { " of 0 or more" } else { "" };
    let refused = || E::custom(format_args!("it is not in its bounds, expected a whole number{bounds}"));
    value.and_then(|value| T::try_from(value).ok()).ok_or_else(refused)
}
