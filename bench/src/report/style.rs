//! Colours of the terminal. They are dropped on the way out if nobody wants them.

use crate::peer::Kind;
use anstyle::{AnsiColor, Style};

pub(crate) const HEAD: Style = Style::new().bold();
pub(crate) const AIRMAIL: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const BEST: Style = AnsiColor::Yellow.on_default();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const QUIET: Style = Style::new().dimmed();

/// How a contestant's line looks.
pub(crate) fn of(kind: Kind) -> Style {
    match kind {
        Kind::Airmail => AIRMAIL,
        Kind::Peer => Style::new(),
        Kind::Floor => QUIET,
    }
}

/// `text` must have its final width: what is added here has none.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Breaks at spaces so that a line has at most `width` characters; all but the first are indented.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split(' ') {
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines += line.trim_end();
            lines.push('\n');
            indent.clone_into(&mut line);
        } else if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three four", 9, "  "), "one two\n  three\n  four\n");
        assert_eq!(wrap("one", 2, "  "), "one\n");
    }
}
