//! The figures beside their targets, as a Markdown table, and its place in a page.

use anyhow::Context as _;

/// What stands around the table in a page.
pub const MARKERS: [&str; 2] = ["<!-- figures: begin -->", "<!-- figures: end -->"];

/// Which side of the bound is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The figure must reach it.
    AtLeast,
    /// The figure must not pass it.
    AtMost,
}

/// One line: a measurement and its target.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is measured.
    pub what: String,
    /// The figure and its unit.
    pub figure: String,
    /// What it is compared with, where it is.
    pub beside: String,
    /// The number the target bounds: a ratio, or the figure itself.
    pub value: f64,
    /// The target.
    pub target: f64,
    /// The side.
    pub bound: Bound,
    /// The unit of value and target; empty for a ratio.
    pub unit: &'static str,
    /// Why there is no figure.
    pub missing: Option<String>,
}

impl Row {
    /// Whether it is measured and within its target.
    pub fn met(&self) -> bool {
        self.missing.is_none()
            && match self.bound {
                Bound::AtLeast => self.value >= self.target,
                Bound::AtMost => self.value <= self.target,
            }
    }

    fn markdown(&self) -> String {
        let Self { what, figure, beside, value, target, unit, .. } = self;
        let sign = match self.bound {
            Bound::AtLeast => '≥',
            Bound::AtMost => '≤',
        };
        let digits = if unit.is_empty() { 2 } else { 0 };
        let target = format!("{sign} {target:.digits$}{unit}");
        if let Some(why) = &self.missing {
            return format!("| {what} | not measured: {why} | {beside} | | {target} | no |\n");
        }
        let ratio = if unit.is_empty() { format!("{value:.2}") } else { String::new() };
        let met = if self.met() { "yes" } else { "no" };
        format!("| {what} | {figure} | {beside} | {ratio} | {target} | {met} |\n")
    }
}

/// The whole table.
pub fn markdown(rows: &[Row]) -> String {
    let mut table =
        String::from("| Measurement | Figure | Beside | Ratio | Target | Met |\n|---|---|---|---|---|---|\n");
    table.extend(rows.iter().map(Row::markdown));
    table
}

/// `page` with `figures` between the markers, in place of what stood there.
pub fn splice(page: &str, markers: [&str; 2], figures: &str) -> anyhow::Result<String> {
    let [begin, end] = markers;
    let (before, rest) = page.split_once(begin).with_context(|| format!("the page has no `{begin}`"))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("the page has no `{end}` after `{begin}`"))?;
    Ok(format!("{before}{begin}\n{figures}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, bound: Bound, unit: &'static str) -> Row {
        let (what, figure, beside) = ("tokens".into(), "9/s".into(), "10/s".into());
        Row { what, figure, beside, value, target: 0.5, bound, unit, missing: None }
    }

    #[test]
    fn says_whether_the_target_is_met() {
        assert_eq!(row(0.5, Bound::AtLeast, "").markdown(), "| tokens | 9/s | 10/s | 0.50 | ≥ 0.50 | yes |\n");
        assert!(!row(0.499, Bound::AtLeast, "").met());
        assert!(row(0.5, Bound::AtMost, " ms").met());
        assert!(!row(0.501, Bound::AtMost, " ms").met());
        assert!(!row(f64::NAN, Bound::AtMost, " ms").met());
    }

    #[test]
    fn what_is_not_measured_is_not_met() {
        let row = Row { missing: Some("broken".into()), ..row(1.0, Bound::AtLeast, "") };
        assert!(!row.met());
        assert!(row.markdown().contains("not measured: broken"));
    }

    #[test]
    fn the_table_replaces_the_one_before() {
        let page = format!("a\n{}\nold\n{}\nb\n", MARKERS[0], MARKERS[1]);
        let new = splice(&page, MARKERS, "new\n").unwrap();
        assert_eq!(new, page.replace("old", "new"));
        assert_eq!(splice(&new, MARKERS, "new\n").unwrap(), new);
        assert!(splice("a", MARKERS, "new").is_err());
    }
}
