//! A request, judged.

use std::sync::Arc;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::{
    CertificateKey, CertificatePlace, HeaderSource, Proof, Refusal, Request, Scheme, Source, Verifier, jwt,
    key::{Checker, Size},
    reading::Reading,
    template::Filling,
    urls,
    window::check_time,
};

impl Verifier {
    /// Decides whether `body` came from the provider, as it was received and before anything parsed it.
    ///
    /// # Errors
    /// In this order: a header is missing; one is malformed; the time is too far from `now_unix_seconds`; no
    /// key gives this signature.
    pub fn verify(
        &self,
        headers: &dyn HeaderSource,
        body: &[u8],
        now_unix_seconds: i64,
    ) -> Result<Proof, Refusal> {
        self.verify_request(&Request::new(headers, body), now_unix_seconds)
    }

    /// The same for a scheme that signs the URL, the method or more of the request.
    ///
    /// # Errors
    /// As for [`verify`](Self::verify).
    pub fn verify_request(&self, request: &Request<'_>, now_unix_seconds: i64) -> Result<Proof, Refusal> {
        let judge = self.of(request);
        judge.judge((&judge.keys, &judge.sizes), request, now_unix_seconds)
    }

    /// Itself, or its fallback, by how this request is signed. A request that is signed in both ways is judged by the
    /// first, and never by the other if that fails.
    pub(crate) fn of(&self, request: &Request<'_>) -> &Self {
        match &self.fallback {
            Some(fallback) if !self.scheme.is_of(request) && fallback.scheme.is_of(request) => fallback,
            _ => self,
        }
    }

    /// The same by the key of the certificate that the request names, in place of keys of one's own.
    ///
    /// # Errors
    /// As for [`verify`](Self::verify).
    pub fn verify_by(
        &self,
        key: &CertificateKey,
        request: &Request<'_>,
        now_unix_seconds: i64,
    ) -> Result<Proof, Refusal> {
        let sizes = [key.checker.signature_size()];
        self.judge((std::slice::from_ref(&key.checker), &sizes), request, now_unix_seconds)
    }

    /// The certificate by whose key this request is to be verified; `None` if the verifier has keys of its own. All that
    /// can be decided without the certificate is decided first.
    ///
    /// # Errors
    /// The first three of [`verify`](Self::verify)'s.
    pub fn certificate(
        &self,
        request: &Request<'_>,
        now_unix_seconds: i64,
    ) -> Result<Option<CertificatePlace>, Refusal> {
        if !self.keys.is_empty() {
            return Ok(None);
        }
        self.read(request, &self.sizes, now_unix_seconds)?;
        self.scheme.certificate(request)
    }

    fn judge(
        &self,
        (keys, sizes): (&[Checker], &[Size]),
        request: &Request<'_>,
        now_unix_seconds: i64,
    ) -> Result<Proof, Refusal> {
        let reading = self.read(request, sizes, now_unix_seconds)?;
        let index = self
            .matching_key(keys, &reading, request, now_unix_seconds)
            .ok_or_else(|| Refusal::Invalid { header: self.scheme.header().to_owned(), keys: keys.len() })?;
        // What the body says of itself is believed once it is proven.
        let in_body = self.scheme.time_in_body(request.body)?;
        if let Some(seconds) = in_body {
            check_time(seconds, now_unix_seconds, self.tolerance, self.scheme.window)?;
        }
        if self.scheme.content.jwt_claim().is_some() {
            jwt::check_time(self.scheme.header(), reading.names, now_unix_seconds)?;
        }
        Ok(Proof {
            timestamp: reading.timestamp.map(|t| t.seconds).or(in_body),
            key_index: index,
            key_fingerprint: keys[index].fingerprint,
            scheme: Arc::clone(&self.scheme.name),
        })
    }

    /// All that can be decided without the body and without a key, so that a request that can't be right is
    /// refused before its body is read.
    ///
    /// # Errors
    /// The first three of [`verify`](Self::verify)'s.
    pub fn check_headers(&self, headers: &dyn HeaderSource, now_unix_seconds: i64) -> Result<(), Refusal> {
        let request = Request::new(headers, &[]);
        let judge = self.of(&request);
        if judge.scheme.reads_body() || judge.fallback.iter().any(|other| other.scheme.reads_body()) {
            return Ok(());
        }
        judge.read(&request, &judge.sizes, now_unix_seconds).map(|_| ())
    }

    fn read<'a>(&self, request: &Request<'a>, sizes: &[Size], now: i64) -> Result<Reading<'a>, Refusal> {
        let reading = self.scheme.read(request, sizes)?;
        match self.scheme.certificate(request) {
            // Whoever holds the key needs no certificate; but one that is named has to be the provider's.
            Err(Refusal::Missing { .. }) if !self.keys.is_empty() => {}
            named => drop(named?),
        }
        if let Some(timestamp) = &reading.timestamp {
            check_time(timestamp.seconds, now, self.tolerance, self.scheme.window)?;
        }
        Ok(reading)
    }

    /// Tries every key, whichever matches, so that the time taken does not tell which one did.
    fn matching_key(
        &self,
        keys: &[Checker],
        reading: &Reading<'_>,
        request: &Request<'_>,
        now: i64,
    ) -> Option<usize> {
        const NONE: u32 = u32::MAX;
        let mut matched = NONE;
        let is_sha1 = self.scheme.is_sha1(request.body);
        let mut try_with = |url: &str| {
            let Some(computed) = self.scheme.content.compute(request, url, reading.names) else { return };
            let filling = self.scheme.fill(reading, request, url).with(&computed);
            let ends = self.not_after.iter().copied().chain(std::iter::repeat(None));
            for (index, (key, not_after)) in (0..NONE).zip(keys.iter().zip(ends)) {
                let counts = Choice::from(u8::from(not_after.is_none_or(|last| now <= last)));
                let weak = if is_sha1 { key.with_other_hash() } else { None };
                let key = weak.as_ref().unwrap_or(key);
                let fits = key.matches(self.scheme.content.fill(filling), &reading.signatures);
                matched.conditional_assign(&index, fits & counts & matched.ct_eq(&NONE));
            }
        };
        let url = self.scheme.url.as_deref().unwrap_or(request.url);
        try_with(url);
        if self.scheme.content.has_url() {
            urls::spellings(&self.scheme.content, url).for_each(|url| try_with(&url));
        }
        (matched != NONE).then_some(matched as usize)
    }
}

impl Scheme {
    /// Whether something stands in the body that is looked at before the signature is.
    fn reads_body(&self) -> bool {
        let mut sources = self.when.iter().map(|when| &when.source).chain(&self.certificate_url);
        let in_body = sources.any(|source| matches!(source, Source::Body(_)));
        in_body || self.signature_field.is_some() || !self.topics.is_empty()
    }

    fn fill<'a>(&'a self, reading: &Reading<'a>, request: &Request<'a>, url: &'a str) -> Filling<'a> {
        Filling {
            id: reading.id,
            timestamp: reading.timestamp.map(|t| t.text).unwrap_or_default(),
            body: request.body,
            url,
            method: request.method,
            webhook_id: &self.webhook_id,
            computed: &[],
        }
    }
}
