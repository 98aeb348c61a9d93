//! A line of coloured columns.

use anstyle::AnsiColor::{Cyan, Green, Red, Yellow};
use std::fmt::Write;

pub(super) const PLAIN: anstyle::Style = anstyle::Style::new();
pub(super) const HEADING: anstyle::Style = anstyle::Style::new().bold();
pub(super) const QUIET: anstyle::Style = anstyle::Style::new().dimmed();
pub(super) const QUEUE: anstyle::Style = Cyan.on_default();
pub(super) const WAITING: anstyle::Style = Yellow.on_default();
pub(super) const DONE: anstyle::Style = Green.on_default();
pub(super) const FAILED: anstyle::Style = Red.on_default();

/// A line that knows how wide it is, escapes not counted.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    width: usize,
}

impl Line {
    pub(super) fn put(&mut self, style: anstyle::Style, text: &str) {
        if !text.is_empty() {
            write!(self.text, "{style}{text}{style:#}").expect("a string takes everything");
            self.width += width(text);
        }
    }

    /// Puts `text`, unless it is empty, at `column`, or here if the line is there already.
    pub(super) fn put_at(&mut self, column: usize, style: anstyle::Style, text: &str) {
        if !text.is_empty() {
            let spaces = column.saturating_sub(self.width);
            self.put(PLAIN, &" ".repeat(spaces));
            self.put(style, text);
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Adds the line to `text` and starts a new one.
    pub(super) fn end(&mut self, text: &mut String) {
        text.push_str(&self.text);
        text.push('\n');
        *self = Line::default();
    }
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let (mut line, mut text) = (Line::default(), String::new());
        line.put_at(2, PLAIN, "é");
        line.put_at(9, PLAIN, "");
        line.put_at(5, PLAIN, "b");
        line.put_at(0, PLAIN, "c");
        assert_eq!(line.width(), 7);
        line.put_at(8, DONE, "d");
        line.end(&mut text);
        line.end(&mut text);
        assert_eq!(text, "  é  bc \u{1b}[32md\u{1b}[0m\n\n");
    }
}
