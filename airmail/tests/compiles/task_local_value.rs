//! Names and types as they come: the macro's own names are not in the way.
const PLACE: usize = 4;

airmail::task_local! {
    #[allow(dead_code)]
    pub(crate) static STAMP: [u8; PLACE];
    #[cfg(any())]
    inherited static ABSENT: Absent;
    pub inherited static NAME: Option<std::string::String>
}

fn main() {
    NAME.sync_scope(None, || ());
}
