//! Tables of a page.

use std::fmt::Write;

/// A table: the first column is text, the others are figures, which end below each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    words: bool,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Table {
        Table { head: head.into_iter().map(Into::into).collect(), rows: Vec::new(), words: false }
    }

    /// The other columns are text as well.
    pub(crate) fn of_words<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Table {
        Table { words: true, ..Table::new(head) }
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn write(&self) -> String {
        let mut text = line(&self.head);
        text.push_str("|---|");
        text += &(if self.words { "---|" } else { "---:|" }).repeat(self.head.len().saturating_sub(1));
        text.push('\n');
        self.rows.iter().for_each(|row| text += &line(row));
        text
    }
}

fn line(cells: &[String]) -> String {
    let mut text = String::from("|");
    for cell in cells {
        let _ = write!(text, " {} |", cell.replace('|', "\\|"));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn it_looks_like_this() {
        let mut table = Table::new(["", "a"]);
        assert!(table.is_empty());
        table.row(["x|y", "1"]);
        assert_eq!(table.write(), "|  | a |\n|---|---:|\n| x\\|y | 1 |\n");
        assert_eq!(Table::of_words(["", "a"]).write(), "|  | a |\n|---|---|\n");
    }
}
