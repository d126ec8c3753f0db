//! What a request says, before any key is touched.

use crate::{
    Flaw, HeaderSource, Refusal, Request, Scheme, Single, body_path, key::Size, layout::Beside,
    scheme::Places, signatures::Signatures,
};

/// Far longer than any provider's id.
const LONGEST_ID: usize = 256;

/// What a request says.
#[derive(Debug, Clone)]
pub(crate) struct Reading<'a> {
    pub(crate) signatures: Signatures,
    pub(crate) timestamp: Option<Timestamp<'a>>,
    pub(crate) id: &'a [u8],
    /// The names of further headers that are signed.
    pub(crate) names: &'a [u8],
}

/// A time as sent, which is what was signed, and as a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timestamp<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) seconds: i64,
}

impl Scheme {
    /// Reads what the scheme needs: first whether everything is there, then whether it is well formed.
    ///
    /// `sizes` are the lengths that a signature may have.
    // What it returns is large, and would be copied twice on its way out.
    #[inline]
    pub(crate) fn read<'a>(&self, request: &Request<'a>, sizes: &[Size]) -> Result<Reading<'a>, Refusal> {
        let (headers, places) = (request.headers, &self.places);
        let mut signatures = Signatures::default();
        if let Some(path) = &self.signature_field {
            self.read_fields(path, request.body, sizes, &mut signatures)?;
        }
        // All are looked up before any is judged: what is missing is said before what is malformed.
        let found = self.signature_field.is_none().then(|| headers.single(&places.signature));
        let timestamp = find(headers, places.timestamp.as_deref())?;
        let id = find(headers, places.id.as_deref().filter(|_| self.content.has_id()))?;
        let beside = match found {
            Some(found) => self.read_headers(headers, (&places.signature, found), sizes, &mut signatures)?,
            None => Beside::default(),
        };
        self.check_version(request)?;
        self.check_topic(request.body)?;
        let timestamp = timestamp.map(value).transpose()?.or(beside.timestamp);
        let id = id.map(|(name, found)| Ok((name, value((name, found))?))).transpose()?;
        Ok(Reading {
            signatures,
            timestamp: self.read_timestamp(timestamp, places)?,
            id: id.map_or(Ok(&[][..]), |(name, id)| self.read_id(name, id))?,
            names: beside.names.unwrap_or_default(),
        })
    }

    /// Whether the request has all that this scheme reads, and says of itself what it has to.
    pub(crate) fn is_of(&self, request: &Request<'_>) -> bool {
        let is_there = |name: &str| request.headers.single(name) != Single::Absent;
        let is_signed = match &self.signature_field {
            Some(path) => body_path::pick(request.body, path).is_some(),
            None => self.own_headers().any(is_there),
        };
        let beside = [self.places.timestamp.as_deref(), self.places.id.as_deref()];
        is_signed && beside.into_iter().flatten().all(is_there) && self.is_version(request)
    }

    fn is_version(&self, request: &Request<'_>) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds(request.headers, request.body))
    }

    fn check_version(&self, request: &Request<'_>) -> Result<(), Refusal> {
        match &self.when {
            Some(when) if !self.is_version(request) => {
                Err(malformed(&when.source.to_string(), Flaw::UnknownVersion))
            }
            _ => Ok(()),
        }
    }

    fn read_headers<'a>(
        &self,
        headers: &'a dyn HeaderSource,
        (name, found): (&str, Single<'a>),
        sizes: &[Size],
        signatures: &mut Signatures,
    ) -> Result<Beside<'a>, Refusal> {
        let mut flaw = Flaw::NoSignature;
        let mut add =
            |text: &[u8]| signatures.decode(self.encoding, text, sizes).unwrap_or_else(|why| flaw = why);
        let beside = self.split((name, found), &mut add)?;
        for other in &self.more_headers {
            self.split((other, headers.single(other)), &mut add)?;
        }
        if matches!(found, Single::Absent)
            && self.more_headers.iter().all(|other| headers.single(other) == Single::Absent)
        {
            return Err(Refusal::Missing { header: name.to_owned() });
        }
        // One well-formed signature is enough: the others may be of another key's kind.
        if signatures.is_empty() {
            return Err(malformed(name, flaw));
        }
        Ok(beside)
    }

    fn split<'a>(
        &self,
        (name, found): (&str, Single<'a>),
        add: impl FnMut(&'a [u8]),
    ) -> Result<Beside<'a>, Refusal> {
        match found {
            Single::Absent => Ok(Beside::default()),
            Single::Conflict => Err(malformed(name, Flaw::Repeated)),
            Single::Value(value) => {
                self.layout.split(value, self.algorithm, add).map_err(|why| malformed(name, why))
            }
        }
    }

    fn read_fields(
        &self,
        path: &str,
        body: &[u8],
        sizes: &[Size],
        signatures: &mut Signatures,
    ) -> Result<(), Refusal> {
        let first = body_path::pick(body, path)
            .ok_or_else(|| Refusal::Missing { header: self.places.signature.clone() })?;
        let more = self.more_fields.iter().filter_map(|path| body_path::pick(body, path));
        for text in std::iter::once(first).chain(more) {
            let mut decoded = Ok(());
            let add = |text: &[u8]| decoded = decoded.and(signatures.decode(self.encoding, text, sizes));
            let read = self.layout.split(text.as_bytes(), self.algorithm, add);
            read.and(decoded).map_err(|why| malformed(&self.places.signature, why))?;
        }
        Ok(())
    }

    fn read_timestamp<'a>(
        &self,
        text: Option<&'a [u8]>,
        places: &Places,
    ) -> Result<Option<Timestamp<'a>>, Refusal> {
        let Some(text) = text else { return Ok(None) };
        match self.unit.parse(text) {
            Some(seconds) => Ok(Some(Timestamp { text, seconds })),
            None => {
                let header = places.timestamp.as_ref().unwrap_or(&places.signature);
                Err(malformed(header, Flaw::NotATimestamp))
            }
        }
    }

    fn read_id<'a>(&self, header: &str, id: &'a [u8]) -> Result<&'a [u8], Refusal> {
        self.check_id(id).map_err(|why| malformed(header, why))?;
        Ok(id)
    }

    /// Whether `id` can be signed without being taken for something else.
    pub(crate) fn check_id(&self, id: &[u8]) -> Result<(), Flaw> {
        let end = self.content.id_ends_at().map(str::as_bytes);
        match id {
            [] => Err(Flaw::Empty),
            _ if id.len() > LONGEST_ID => Err(Flaw::TooLong),
            _ if !id.iter().all(u8::is_ascii_graphic) => Err(Flaw::NotAscii),
            _ if end.is_some_and(|end| id.windows(end.len()).any(|w| w == end)) => Err(Flaw::AmbiguousId),
            _ => Ok(()),
        }
    }

    /// When the body says it was sent. One that is signed as a whole may leave that out: nobody took it away.
    pub(crate) fn time_in_body(&self, body: &[u8]) -> Result<Option<i64>, Refusal> {
        let Some(path) = &self.timestamp_field else { return Ok(None) };
        let place = || format!("body:{path}");
        let text = match body_path::pick(body, path) {
            Some(text) => text,
            None if self.content.covers_body() => return Ok(None),
            None => return Err(Refusal::Missing { header: place() }),
        };
        let time = self.unit.parse(text.as_bytes());
        time.map(Some).ok_or_else(|| malformed(&place(), Flaw::NotATimestamp))
    }
}

/// What stands in a header, and its name again.
type Found<'n, 'a> = (&'n str, Single<'a>);

/// The header of this name, if there is to be one: then it has to be there.
fn find<'n, 'a>(
    headers: &'a dyn HeaderSource,
    name: Option<&'n str>,
) -> Result<Option<Found<'n, 'a>>, Refusal> {
    let found = name.map(|name| (name, headers.single(name)));
    match found {
        Some((name, Single::Absent)) => Err(Refusal::Missing { header: name.to_owned() }),
        found => Ok(found),
    }
}

fn value<'a>((name, found): Found<'_, 'a>) -> Result<&'a [u8], Refusal> {
    match found {
        Single::Value(value) => Ok(value),
        Single::Conflict => Err(malformed(name, Flaw::Repeated)),
        Single::Absent => Err(Refusal::Missing { header: name.to_owned() }),
    }
}

pub(crate) fn malformed(header: &str, why: Flaw) -> Refusal {
    Refusal::Malformed { header: header.to_owned(), why }
}
