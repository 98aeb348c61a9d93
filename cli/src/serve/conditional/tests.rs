use super::*;
use hyper::header::{HeaderName, HeaderValue};

const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn validators(strong: bool) -> Validators {
    Validators { tag: "\"x\"".to_owned(), strong, modified: 784_111_777 }
}

fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(name.clone(), HeaderValue::from_str(value).unwrap());
    }
    map
}

fn judge(fields: &[(HeaderName, &str)]) -> Verdict {
    validators(true).judge(&headers(fields))
}

#[test]
fn how_they_are_said() {
    assert_eq!(validators(true).tag(), "\"x\"");
    assert_eq!(validators(false).tag(), "W/\"x\"");
    assert_eq!(validators(true).date(), THEN);
}

/// The first condition: each value of `If-Match` and `If-Unmodified-Since`.
#[test]
fn is_it_what_the_client_thinks() {
    use Verdict::{Failed, Proceed};
    for (value, strong, weak) in [
        ("*", Proceed, Proceed),
        ("\"x\"", Proceed, Failed),
        ("\"a\", \"x\"", Proceed, Failed),
        ("\"a,\",,\"x\" , ", Proceed, Failed),
        ("W/\"x\"", Failed, Failed),
        ("\"y\"", Failed, Failed),
        ("x", Failed, Failed),
        ("", Failed, Failed),
    ] {
        let fields = headers(&[(IF_MATCH, value)]);
        let got = (validators(true).judge(&fields), validators(false).judge(&fields));
        assert_eq!(got, (strong, weak), "{value:?}");
    }
    assert_eq!(judge(&[(IF_MATCH, "\"a\""), (IF_MATCH, "\"x\"")]), Proceed);
    for (date, expected) in [(BEFORE, Failed), (THEN, Proceed), (AFTER, Proceed), ("yesterday", Proceed)] {
        assert_eq!(judge(&[(IF_UNMODIFIED_SINCE, date)]), expected);
        // Is not asked if there are tags.
        assert_eq!(judge(&[(IF_UNMODIFIED_SINCE, date), (IF_MATCH, "\"x\"")]), Proceed);
    }
}

/// The second condition: each value of `If-None-Match` and `If-Modified-Since`.
#[test]
fn does_the_client_have_it() {
    use Verdict::{NotModified, Proceed};
    for (value, expected) in [
        ("*", NotModified),
        ("\"x\"", NotModified),
        ("W/\"x\"", NotModified),
        ("\"a\", W/\"b\",W/\"x\"", NotModified),
        ("\"a\" \"x\"", NotModified),
        ("\"y\"", Proceed),
        ("\"x", Proceed),
        ("x\"", Proceed),
        ("w/\"x\"", Proceed),
    ] {
        for strong in [true, false] {
            let fields = headers(&[(IF_NONE_MATCH, value)]);
            assert_eq!(validators(strong).judge(&fields), expected, "{value:?}");
        }
    }
    for (date, expected) in [(BEFORE, Proceed), (THEN, NotModified), (AFTER, NotModified), ("now", Proceed)] {
        assert_eq!(judge(&[(IF_MODIFIED_SINCE, date)]), expected);
        // Is not asked if there are tags.
        assert_eq!(judge(&[(IF_MODIFIED_SINCE, date), (IF_NONE_MATCH, "\"y\"")]), Proceed);
    }
    // The old forms of dates.
    assert_eq!(judge(&[(IF_MODIFIED_SINCE, "Sunday, 06-Nov-94 08:49:37 GMT")]), NotModified);
    assert_eq!(judge(&[(IF_MODIFIED_SINCE, "Sun Nov  6 08:49:37 1994")]), NotModified);
    // The first condition is the stronger one.
    assert_eq!(judge(&[(IF_MATCH, "\"y\""), (IF_NONE_MATCH, "\"x\"")]), Verdict::Failed);
}

#[test]
fn a_range_of_another_state_is_the_whole() {
    for (value, strong, weak) in [
        ("\"x\"", true, false),
        ("W/\"x\"", false, false),
        ("\"y\"", false, false),
        ("\"x\" \"x\"", false, false),
        (THEN, false, false),
        (BEFORE, false, false),
        (AFTER, false, false),
        ("", false, false),
    ] {
        let fields = headers(&[(IF_RANGE, value)]);
        let got = (validators(true).range_holds(&fields), validators(false).range_holds(&fields));
        assert_eq!(got, (strong, weak), "{value:?}");
    }
    assert!(validators(false).range_holds(&HeaderMap::new()));
    assert!(!validators(true).range_holds(&headers(&[(IF_RANGE, "\"x\""), (IF_RANGE, "\"x\"")])));
}

/// Of a real file: fresh ones are weak, times outside of the calendar are no trouble, codings differ.
#[test]
fn of_a_file() {
    let path = std::env::temp_dir().join(format!("airmail-validators-{}", std::process::id()));
    std::fs::write(&path, "letter").unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let fresh = Validators::new(&file.metadata().unwrap(), None, SystemTime::now());
    let hour = Duration::from_hours(1);
    // Its times can be set back, but not that this was done just now.
    file.set_modified(SystemTime::now() - hour).unwrap();
    let set_back = Validators::new(&file.metadata().unwrap(), None, SystemTime::now());
    assert!(!fresh.strong && (cfg!(not(unix)) || !set_back.strong));
    // Later nothing about it is new.
    let now = SystemTime::now() + 10 * hour;
    let of = |coding| Validators::new(&file.metadata().unwrap(), coding, now);
    assert!(of(None).strong && of(None) == of(None));
    let mut tags = vec![of(None).tag, of(Some(Coding::Gzip)).tag, of(Some(Coding::Brotli)).tag];
    for (time, strong) in [
        (now - hour, true),
        (now + hour, false),
        (UNIX_EPOCH - hour, true),
        (UNIX_EPOCH + Duration::from_secs(LAST_DATE) + hour, false),
    ] {
        file.set_modified(time).unwrap();
        let validators = of(None);
        assert_eq!(validators.strong, strong);
        assert!(validators.modified <= seconds(now) && validators.date().ends_with("GMT"));
        tags.push(validators.tag);
    }
    std::fs::remove_file(&path).unwrap();
    let count = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), count);
}
