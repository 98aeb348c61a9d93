//! What the join handles gave, in the last lines.

use super::line::{self, DONE, FAILED, HEADING, Line, PLAIN};

const WIDTH: usize = 80;
const GAP: usize = 2;
const START: usize = "results  ".len();

/// Those that are not printed yet.
#[derive(Default)]
pub(super) struct Results(Vec<(String, Result<u32, String>)>);

impl Results {
    pub(super) fn note(&mut self, task: &str, result: Result<u32, String>) {
        self.0.push((task.to_owned(), result));
    }

    /// As many to a line as fit.
    pub(super) fn print(&mut self, printed: &mut String) {
        let results = std::mem::take(&mut self.0);
        let mut line = Line::default();
        for (n, (task, result)) in results.iter().enumerate() {
            let (style, result) = match result {
                Ok(output) => (DONE, format!("Ok({output})")),
                Err(error) => (FAILED, format!("Err({error})")),
            };
            let task = format!("{task} -> ");
            if line.width() > START && line.width() + GAP + line::width(&task) + line::width(&result) > WIDTH
            {
                line.end(printed);
            }
            if n == 0 {
                line.put(HEADING, "results");
            }
            line.put_at(START.max(line.width() + GAP), PLAIN, &task);
            line.put(style, &result);
        }
        if !results.is_empty() {
            line.end(printed);
        }
    }
}
