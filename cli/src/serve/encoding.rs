//! Which of the compressed files beside a file a client takes: RFC 9110, section 12.5.3.

/// How a file's bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Coding {
    Brotli,
    Zstd,
    Gzip,
}

impl Coding {
    /// The smallest first, as a rule.
    pub(super) const ALL: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

    /// As the protocol calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
            Coding::Gzip => "gzip",
        }
    }

    /// What is behind the name of the file.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Coding::Brotli => ".br",
            Coding::Zstd => ".zst",
            Coding::Gzip => ".gz",
        }
    }
}

/// A weight in thousandths.
type Weight = u16;

/// What a client says of codings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Of [`Coding::ALL`].
    codings: [Option<Weight>; 3],
    identity: Option<Weight>,
    /// `*`: all that are not named.
    others: Option<Weight>,
}

impl Accepted {
    /// Of all `Accept-Encoding` fields of a request. What is malformed is as if it were not there.
    pub(super) fn parse<'a>(fields: impl IntoIterator<Item = &'a str>) -> Accepted {
        let mut accepted = Accepted::default();
        for element in fields.into_iter().flat_map(|field| field.split(',')) {
            let mut parts = element.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let Some(weight) = weight(parts) else { continue };
            let place = match &*name {
                "br" => &mut accepted.codings[0],
                "zstd" => &mut accepted.codings[1],
                "gzip" | "x-gzip" => &mut accepted.codings[2],
                "identity" => &mut accepted.identity,
                "*" => &mut accepted.others,
                _ => continue,
            };
            *place = Some(weight);
        }
        accepted
    }

    /// The codings to look for, the best first: those that the client likes at least as much as no coding.
    pub(super) fn preferred(&self) -> Vec<Coding> {
        // `*` means no coding too, unless that is named. Without a word on it, it is acceptable, but every coding that is
        // named is liked more.
        let identity = self.identity.or(self.others).unwrap_or(0);
        let weight = |place: usize| self.codings[place].or(self.others).unwrap_or(0);
        let mut places: Vec<usize> =
            (0..Coding::ALL.len()).filter(|place| weight(*place) > 0 && weight(*place) >= identity).collect();
        // Stable: between equals, the order of `ALL`.
        places.sort_by_key(|place| std::cmp::Reverse(weight(*place)));
        places.into_iter().map(|place| Coding::ALL[place]).collect()
    }
}

/// `None` if the weight is malformed.
fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> Option<Weight> {
    let Some(parameter) = parameters.next() else { return Some(1000) };
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") || parameters.next().is_some() {
        return None;
    }
    let (whole, decimals) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let is_number = matches!(whole, "0" | "1")
        && decimals.len() <= 3
        && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: Weight = format!("{whole}{decimals:0<3}").parse().ok()?;
    (is_number && thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(fields: &[&str]) -> String {
        let codings = Accepted::parse(fields.iter().copied()).preferred();
        codings.into_iter().map(Coding::name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_clients_send() {
        for (field, expected) in [
            ("", ""),
            ("gzip, deflate, br, zstd", "br zstd gzip"),
            ("gzip", "gzip"),
            ("x-gzip", "gzip"),
            ("GZIP;Q=0.5 , br ; q=0.2", "gzip br"),
            ("br;q=0, gzip;q=0.001", "gzip"),
            ("*", "br zstd gzip"),
            ("*;q=0", ""),
            ("gzip;q=0.5, *", "br zstd"),
            ("gzip;q=0.5, *;q=0", "gzip"),
            ("gzip;q=0.5, *, identity;q=0.1", "br zstd gzip"),
            ("*;q=0.5, br;q=0, gzip;q=0.7", "gzip zstd"),
            ("identity, gzip;q=0.5", ""),
            ("identity;q=0.5, gzip;q=0.5", "gzip"),
            ("identity;q=0, gzip;q=0.5", "gzip"),
            ("deflate, compress", ""),
            ("gzip;q=2, br;q=0.5", "br"),
            ("gzip;q=, br;q=x, zstd;q=0.1234", ""),
            ("gzip;level=9", ""),
            ("gzip;q=1.000, br;q=0.999", "gzip br"),
            ("gzip;q=1.001", ""),
            (";q=1,,", ""),
        ] {
            assert_eq!(preferred(&[field]), expected, "{field:?}");
        }
        assert_eq!(preferred(&["gzip;q=0.1", "br"]), "br gzip");
        assert_eq!(preferred(&[]), "");
    }

    /// Every weight that can be said.
    #[test]
    fn every_weight() {
        for thousandths in 0..=1000_u16 {
            let text = format!("q={}.{:03}", thousandths / 1000, thousandths % 1000);
            assert_eq!(weight([text.as_str()].into_iter()), Some(thousandths));
        }
        assert_eq!(weight(["q=1"].into_iter()), Some(1000));
        assert_eq!(weight(["q=0.5"].into_iter()), Some(500));
        assert_eq!(weight(["q=1."].into_iter()), Some(1000));
    }
}
