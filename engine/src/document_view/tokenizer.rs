//! Text analysis behind tantivy's interface for tokenizers.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::analysis::{Analyzer, Blocks};

/// Gives tantivy the terms of a text.
#[derive(Debug, Clone)]
pub(super) struct DocumentTokenizer {
    analyzer: Analyzer,
}

impl DocumentTokenizer {
    pub(super) fn new(analyzer: Analyzer) -> Self {
        Self { analyzer }
    }
}

impl Tokenizer for DocumentTokenizer {
    type TokenStream<'a> = DocumentTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        DocumentTokens {
            blocks: self.analyzer.blocks(text),
            terms: String::new(),
            ends: Vec::new(),
            next: 0,
            token: Token::default(),
        }
    }
}

/// The terms of a text, one block of it at a time.
#[derive(Debug)]
pub(super) struct DocumentTokens<'a> {
    blocks: Blocks<'a>,
    /// The terms of the block at hand, one behind the other.
    terms: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    next: usize,
    token: Token,
}

impl DocumentTokens<'_> {
    /// False at the end of the text. A block can be without terms.
    fn refill(&mut self) -> bool {
        while self.next >= self.ends.len() {
            self.terms.clear();
            self.ends.clear();
            self.next = 0;
            let (terms, ends) = (&mut self.terms, &mut self.ends);
            let is_read = self.blocks.next_block(&mut |term, _| {
                terms.push_str(term);
                ends.push(terms.len());
            });
            if !is_read {
                return false;
            }
        }
        true
    }
}

impl TokenStream for DocumentTokens<'_> {
    fn advance(&mut self) -> bool {
        if !self.refill() {
            return false;
        }
        let start = match self.next {
            0 => 0,
            next => self.ends[next - 1],
        };
        self.token.text.clear();
        self.token
            .text
            .push_str(&self.terms[start..self.ends[self.next]]);
        self.token.position = self.token.position.wrapping_add(1);
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
