//! What the pages look like.

/// The stylesheet of all pages.
pub fn stylesheet() -> &'static str {
    include_str!("../templates/pages.css")
}

/// The contrast that text needs (WCAG 2.2, criterion 1.4.3).
const READABLE: f64 = 4.5;

/// The stylesheet of a mount's own colour, `#rrggbb`; empty, so that the pages keep theirs, where it is no colour.
///
/// The colour fills buttons and marks alone: text and links stay readable whatever it is. The ink on it is white
/// where that is readable, else black, which then is.
pub fn theme(color: &str) -> String {
    let Some(accent) = Rgb::parse(color) else { return String::new() };
    let white_is_readable = accent.contrast(Rgb::WHITE) >= READABLE;
    let (ink, away) = if white_is_readable { (Rgb::WHITE, Rgb::BLACK) } else { (Rgb::BLACK, Rgb::WHITE) };
    format!(
        ":root {{\n  --accent: {};\n  --accent-hover: {};\n  --on-accent: {};\n}}\n",
        accent.css(),
        accent.towards(away).css(),
        ink.css()
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rgb([u8; 3]);

impl Rgb {
    const BLACK: Self = Self([0; 3]);
    const WHITE: Self = Self([255; 3]);

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    fn css(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// An eighth of the way to `other`.
    fn towards(self, other: Self) -> Self {
        Self([0, 1, 2].map(|at| {
            let (from, to): (u8, u8) = (self.0[at], other.0[at]);
            from.midpoint(from.midpoint(from.midpoint(to)))
        }))
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast ratio (WCAG 2.2), from 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(css: &str, name: &str) -> Rgb {
        let text = css.split_once(&format!("{name}: ")).unwrap().1;
        Rgb::parse(text.split_once(';').unwrap().0).unwrap()
    }

    proptest! {
        #[test]
        fn ink_is_readable_on_every_colour(channels: [u8; 3]) {
            let css = theme(&Rgb(channels).css());
            let ink = value(&css, "--on-accent");
            prop_assert_eq!(value(&css, "--accent"), Rgb(channels));
            for ground in ["--accent", "--accent-hover"] {
                prop_assert!(value(&css, ground).contrast(ink) >= READABLE, "{}", css);
            }
        }

        #[test]
        fn what_is_no_colour_is_no_css(text in ".{0,12}") {
            prop_assume!(Rgb::parse(&text).is_none());
            prop_assert_eq!(theme(&text), "");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((Rgb::BLACK.contrast(Rgb::WHITE) - 21.0).abs() < 1e-9);
        // Published by the WCAG's working group as just enough.
        assert!((Rgb([0x76; 3]).contrast(Rgb::WHITE) - 4.54).abs() < 0.005);
        assert_eq!(value(&theme("#FFDD00"), "--on-accent"), Rgb::BLACK);
        assert_eq!(value(&theme("#1a73e8"), "--on-accent"), Rgb::WHITE);
    }

    #[test]
    fn a_colour_is_six_digits() {
        for text in ["", "#fff", "#12345", "#1234567", "123456", "#+12345", "#12 456", "red", "#12345é"] {
            assert_eq!(theme(text), "", "{text}");
        }
    }
}
