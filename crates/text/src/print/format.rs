//! Format strings as Python's `%` operator reads them.

use super::refusal::Refusal;

/// A wider field or more digits than this are more likely a slip than meant, and would take the memory of the machine.
const MOST: usize = 1_000_000;

/// One `%...` of a format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spec {
    /// `-`: to the left.
    pub left: bool,
    /// `+`: a sign also where it is positive.
    pub plus: bool,
    /// A blank where a sign would be.
    pub blank: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: zeros instead of blanks before numbers.
    pub zeros: bool,
    pub width: usize,
    pub precision: Option<usize>,
    /// The letter: one of `diuoxXeEfFgGcsra`.
    pub letter: char,
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Value(Spec),
}

/// Cuts a format string into its parts, none of them an empty text.
pub(super) fn parse(format: &str) -> Result<Vec<Piece>, Refusal> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('%') {
            literal.push('%');
            rest = behind;
            continue;
        }
        let (spec, behind) = parse_spec(rest)?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Value(spec));
        rest = behind;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Reads what follows a `%`, and gives what follows that.
fn parse_spec(text: &str) -> Result<(Spec, &str), Refusal> {
    let mut spec = Spec::default();
    let mut rest = text;
    if rest.starts_with('(') {
        return Err(Refusal::format(
            "%(name) takes values by name, and a row has none; write % without it",
        ));
    }
    while let Some(flag) = rest.chars().next() {
        match flag {
            '-' => spec.left = true,
            '+' => spec.plus = true,
            ' ' => spec.blank = true,
            '#' => spec.alternate = true,
            '0' => spec.zeros = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    (spec.width, rest) = number(rest)?;
    if let Some(behind) = rest.strip_prefix('.') {
        let (precision, behind) = number(behind)?;
        spec.precision = Some(precision);
        rest = behind;
    }
    // C's length of the argument, which Python passes over.
    rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
    let Some(letter) = rest.chars().next() else {
        return Err(Refusal::format(format!("the format ends within %{text}")));
    };
    if !"diuoxXeEfFgGcsra".contains(letter) {
        return Err(Refusal::format(format!(
            "{letter:?} is no conversion; known are d i u o x X e E f F g G c s r a, and %% for a percent sign"
        )));
    }
    spec.letter = letter;
    Ok((spec, &rest[letter.len_utf8()..]))
}

/// A width or a precision: 0 without digits.
fn number(text: &str) -> Result<(usize, &str), Refusal> {
    if text.starts_with('*') {
        return Err(Refusal::format(
            "* takes a width or a precision from a column, which Python does of its own integers alone; write the number",
        ));
    }
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(digits);
    let value = digits.trim_start_matches('0').parse().unwrap_or(0);
    if value > MOST || digits.trim_start_matches('0').len() > 7 {
        return Err(Refusal::unsupported(format!(
            "a width or precision of {digits}; at most {MOST} is printed"
        )));
    }
    Ok((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flags_width_precision_and_length_are_read_in_their_order() {
        let expected = Spec {
            left: true,
            plus: true,
            blank: true,
            alternate: true,
            zeros: true,
            width: 12,
            precision: Some(3),
            letter: 'g',
        };
        let pieces = parse("a%%b%-+ #012.3lgc").unwrap();
        let literal = |text: &str| Piece::Literal(text.to_owned());
        assert_eq!(
            pieces,
            [literal("a%b"), Piece::Value(expected), literal("c")]
        );
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for format in [
            "%", "x%5", "%q", "%5%", "%lld", "%(a)d", "%*d", "%.*d", "%.-5d", "%é",
        ] {
            assert!(parse(format).is_err(), "{format}");
        }
    }

    #[test]
    fn a_width_that_no_memory_holds_is_refused() {
        for format in ["%1000001d", "%.99999999999999999999f"] {
            let refusal = parse(format).unwrap_err();
            assert_eq!(refusal.because, super::super::Because::Unsupported);
        }
        assert!(parse("%0000000000000000000005d").is_ok());
    }

    proptest! {
        #[test]
        fn no_text_panics_and_texts_without_percent_signs_stay(format in "\\PC*") {
            let parsed = parse(&format);
            if !format.contains('%') && !format.is_empty() {
                prop_assert_eq!(parsed.unwrap(), [Piece::Literal(format)]);
            }
        }
    }
}
