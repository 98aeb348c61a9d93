//! From a request to its answer.

use super::answer::{self, Answer};
use super::body::{Content, Sending};
use super::conditional::{Validators, Verdict};
use super::encoding::{Accepted, Coding};
use super::listing::{self, Entry};
use super::path::{Asked, Refused};
use super::range::{Part, Wanted, wanted};
use super::root::{Found, Opened, Problem, Root};
use airmail::task::spawn_blocking;
use hyper::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HOST, HeaderMap, HeaderValue, LAST_MODIFIED, RANGE, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode, Version};
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tried in a folder, before it is listed.
const INDEX: &str = "index.html";

/// Answers, whatever was asked.
pub(super) async fn answer(root: &Arc<Root>, request: Parts) -> Answer {
    let head = request.method == Method::HEAD;
    let mut answer = decide(root, request).await;
    let length = answer::length(&answer);
    if answer.status() != StatusCode::NOT_MODIFIED {
        // A file that is not read for HEAD has said its length already.
        answer.headers_mut().entry(CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    if head {
        *answer.body_mut() = Content::Nothing;
    }
    answer
}

async fn decide(root: &Arc<Root>, request: Parts) -> Answer {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return answer::method_not_allowed(&request.method);
    }
    if !has_one_host(&request) {
        return answer::bad_request("there must be one Host field");
    }
    let asked = match Asked::parse(request.uri.path()) {
        Ok(asked) => asked,
        Err(Refused::Malformed) => {
            return answer::bad_request("the path has .., a NUL, an escaped slash or a bad escape");
        }
        Err(Refused::Missing) => return answer::missing(request.uri.path()),
    };
    let root = Arc::clone(root);
    // Whatever touches the disk may take its time.
    let answered = spawn_blocking(move || {
        let asking = Asking { root: &root, request: &request };
        asking.look(&asked).unwrap_or_else(|problem| answer::problem(request.uri.path(), problem))
    });
    answered.await.unwrap_or_else(|error| answer::failed(&error))
}

/// RFC 9112, section 3.2: exactly one, since HTTP/1.1.
fn has_one_host(request: &Parts) -> bool {
    let hosts = request.headers.get_all(HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version == Version::HTTP_10)
}

/// By whole seconds: some compressors give their file the time of the other one, without its fraction.
fn is_older(meta: &Metadata, than: &Metadata) -> bool {
    let seconds =
        |meta: &Metadata| meta.modified().ok()?.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
    seconds(meta) < seconds(than)
}

/// One request, where files may be touched.
struct Asking<'a> {
    root: &'a Root,
    request: &'a Parts,
}

impl Asking<'_> {
    fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    fn look(&self, asked: &Asked) -> Result<Answer, Problem> {
        match self.root.find(&asked.relative())? {
            Found::File(_) if asked.folder => Err(Problem::Missing),
            Found::File(opened) => self.file(asked, opened),
            Found::Folder if asked.folder => self.folder(asked),
            // So that the links in it are relative to it.
            Found::Folder => Ok(answer::redirect(&asked.folder_link(), self.request.uri.query())),
        }
    }

    fn folder(&self, asked: &Asked) -> Result<Answer, Problem> {
        let index = asked.join(INDEX);
        match self.root.find(&index.relative()) {
            Ok(Found::File(opened)) => self.file(&index, opened),
            Ok(Found::Folder) | Err(Problem::Missing) => self.list(asked),
            Err(problem) => Err(problem),
        }
    }

    fn list(&self, asked: &Asked) -> Result<Answer, Problem> {
        let folder = asked.relative();
        let (names, more) = self.root.names(&folder, listing::MOST)?;
        let entries = names.into_iter().filter_map(|name| self.entry(&folder, name).transpose());
        let entries = entries.collect::<Result<_, _>>()?;
        Ok(answer::page(listing::page(asked, entries, more)))
    }

    /// Nothing of what could not be asked for either. If the system has no more files to give, the list would be short,
    /// and nobody could see it.
    fn entry(&self, folder: &Path, name: OsString) -> Result<Option<Entry>, Problem> {
        let meta = match self.root.look(&folder.join(&name)) {
            Ok(meta) => meta,
            Err(Problem::Exhausted) => return Err(Problem::Exhausted),
            Err(_) => return Ok(None),
        };
        let length = meta.is_file().then_some(meta.len());
        Ok(Some(Entry { name, length, modified: meta.modified().ok() }))
    }

    fn file(&self, asked: &Asked, plain: Opened) -> Result<Answer, Problem> {
        let (opened, coding) = match self.coded(asked, &plain.meta)? {
            Some((opened, coding)) => (opened, Some(coding)),
            None => (plain, None),
        };
        let validators = Validators::new(&opened.meta, coding, SystemTime::now());
        let mut answer = match validators.judge(self.headers()) {
            Verdict::Failed => return Ok(answer::precondition_failed()),
            Verdict::NotModified => answer::with_status(StatusCode::NOT_MODIFIED),
            Verdict::Proceed => self.whole_or_part(opened, &validators)?,
        };
        let is_content = answer.status() != StatusCode::NOT_MODIFIED;
        let is_file = is_content && answer.status() != StatusCode::RANGE_NOT_SATISFIABLE;
        let headers = answer.headers_mut();
        headers.insert(ETAG, answer::value(&validators.tag()));
        headers.insert(LAST_MODIFIED, answer::value(&validators.date()));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if is_file {
            headers.insert(CONTENT_TYPE, answer::value(&answer::media_type(asked.last())));
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            if let Some(coding) = coding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            }
        }
        Ok(answer)
    }

    /// The compressed file beside the file that the client likes best, unless the file was changed since it was made.
    fn coded(&self, asked: &Asked, plain: &Metadata) -> Result<Option<(Opened, Coding)>, Problem> {
        let fields = self.headers().get_all(ACCEPT_ENCODING).iter();
        for coding in Accepted::parse(fields.filter_map(|field| field.to_str().ok())).preferred() {
            let mut name = asked.relative().into_os_string();
            name.push(coding.extension());
            match self.root.find(&PathBuf::from(name)) {
                Ok(Found::File(opened)) if !is_older(&opened.meta, plain) => {
                    return Ok(Some((opened, coding)));
                }
                Err(Problem::Exhausted) => return Err(Problem::Exhausted),
                // The plain file can be had.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// A range is looked at only for GET, and only if the client's parts are of this state.
    fn whole_or_part(
        &self,
        Opened { file, meta }: Opened,
        validators: &Validators,
    ) -> Result<Answer, Problem> {
        let length = meta.len();
        let is_get = self.request.method == Method::GET;
        let mut ranges = self.headers().get_all(RANGE).iter();
        // Several fields are as several ranges in one: the whole.
        let range = ranges.next().filter(|_| ranges.next().is_none()).and_then(|field| field.to_str().ok());
        let range = range.filter(|_| is_get && validators.range_holds(self.headers()));
        let (mut answer, part) = match range.map_or(Wanted::Whole, |range| wanted(range, length)) {
            Wanted::Nothing => return Ok(answer::range_not_satisfiable(length)),
            Wanted::Whole => (answer::with_status(StatusCode::OK), Part { first: 0, end: length }),
            Wanted::Part(part) => {
                let mut answer = answer::with_status(StatusCode::PARTIAL_CONTENT);
                answer.headers_mut().insert(CONTENT_RANGE, answer::value(&part.of(length)));
                (answer, part)
            }
        };
        answer.headers_mut().insert(CONTENT_LENGTH, part.len().into());
        if is_get {
            *answer.body_mut() = Content::File(Sending::new(file, part)?);
        }
        Ok(answer)
    }
}
