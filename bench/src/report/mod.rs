//! What the measurements look like: on the terminal, as a picture, as a page.

pub(crate) mod chart;
pub(crate) mod groups;
pub(crate) mod losses;
pub(crate) mod markdown;
pub(crate) mod memory;
pub(crate) mod page;
pub(crate) mod sections;
pub(crate) mod style;
pub(crate) mod summary;
pub(crate) mod table;

/// Three digits, or as many as there are before the point.
pub(crate) fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [number(2.34), number(99.94), number(100.4), number(1_234.5)],
            ["2.3", "99.9", "100", "1234"]
        );
    }
}
