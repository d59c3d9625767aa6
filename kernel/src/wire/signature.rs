//! Signs messages and checks signatures: HMAC-SHA256 over the four JSON parts, as lower-case hexadecimal digits.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key that kernel and clients share.
#[derive(Clone)]
pub struct Signer {
    /// None: the connection file has an empty key, and nothing is signed.
    mac: Option<Hmac<Sha256>>,
}

impl Signer {
    /// `key` as it stands in the connection file.
    pub fn new(key: &str) -> Signer {
        let mac = Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
        Signer {
            mac: (!key.is_empty()).then_some(mac),
        }
    }

    /// The signature of a message's parts.
    pub fn sign<P: AsRef<[u8]>>(&self, parts: &[P]) -> String {
        let Some(mac) = self.digest(parts) else {
            return String::new();
        };
        mac.finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Whether a signature fits. Takes the same time wherever it differs.
    pub fn verify<P: AsRef<[u8]>>(&self, signature: &[u8], parts: &[P]) -> bool {
        let Some(mac) = self.digest(parts) else {
            return true;
        };
        from_hex(signature).is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
    }

    fn digest<P: AsRef<[u8]>>(&self, parts: &[P]) -> Option<Hmac<Sha256>> {
        let mut mac = self.mac.clone()?;
        for part in parts {
            mac.update(part.as_ref());
        }
        Some(mac)
    }
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_4231_comes_out() {
        let signer = Signer::new("Jefe");
        let signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signer.sign(&["what do ya want ", "for nothing?"]), signature);
        assert!(signer.verify(signature.as_bytes(), &["what do ya want for nothing?"]));
    }

    #[test]
    fn anything_else_is_refused() {
        let signer = Signer::new("key");
        let good = signer.sign(&["{}"]);
        let other = Signer::new("other").sign(&["{}"]);
        for bad in ["", "0", "zz", &good[2..], &other, &format!("{good}00"), "é"] {
            assert!(!signer.verify(bad.as_bytes(), &["{}"]), "{bad:?}");
        }
        assert!(!signer.verify(good.as_bytes(), &["{ }"]));
        assert!(signer.verify(good.as_bytes(), &["{}"]));
    }

    #[test]
    fn an_empty_key_signs_nothing() {
        let signer = Signer::new("");
        assert_eq!(signer.sign(&["{}"]), "");
        assert!(signer.verify(b"whatever", &["{}"]));
    }
}
