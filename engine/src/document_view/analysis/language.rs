//! Guesses the language of a text in Latin script from its small words.

use std::collections::HashMap;
use std::sync::Arc;

use rust_stemmers::Algorithm;
use unicode_segmentation::UnicodeSegmentation;

/// Words read for the guess; more would not change it.
const GUESS_WORDS_MAX: usize = 256;

/// The languages with a stemmer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Portuguese,
    Italian,
    Dutch,
    Swedish,
    Danish,
    Norwegian,
    Finnish,
    Hungarian,
    Romanian,
    Turkish,
}

impl Language {
    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Self::English => Algorithm::English,
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
            Self::Spanish => Algorithm::Spanish,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Italian => Algorithm::Italian,
            Self::Dutch => Algorithm::Dutch,
            Self::Swedish => Algorithm::Swedish,
            Self::Danish => Algorithm::Danish,
            Self::Norwegian => Algorithm::Norwegian,
            Self::Finnish => Algorithm::Finnish,
            Self::Hungarian => Algorithm::Hungarian,
            Self::Romanian => Algorithm::Romanian,
            Self::Turkish => Algorithm::Turkish,
        }
    }
}

/// The small words that give a language away, questions included because queries are short.
const SMALL_WORDS: [(Language, &str); 14] = [
    (
        Language::English,
        "the of and to in a is was for as on by with that are be at from which an this were it or \
         has have not what who how when where why did does do many much whose can will its their \
         been but they you your",
    ),
    (
        Language::German,
        "der die und in den von zu das mit sich des auf f\u{fc}r ist im dem nicht ein eine als \
         auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem \
         \u{fc}ber einen so zum war haben nur oder aber vor zur bis mehr durch man wurde was \
         welche welcher welches wer wo wann warum wurden viele wir ich ihr kein keine",
    ),
    (
        Language::French,
        "le la les de des du un une et en est que qui dans pour par sur au aux avec ce ces cette \
         il elle ils sont pas plus ne se sa son ses ou mais comme nous vous leur \u{e0} \
         \u{e9}t\u{e9} \u{ea}tre quel quelle quels quelles combien comment o\u{f9} pourquoi quand",
    ),
    (
        Language::Spanish,
        "el la los las de del un una y en es que por para con se su sus al lo como m\u{e1}s pero \
         no fue son est\u{e1} este esta ser ha sobre entre cuando muy sin qu\u{e9} qui\u{e9}n \
         cu\u{e1}l cu\u{e1}ntos cu\u{e1}ntas c\u{f3}mo d\u{f3}nde cu\u{e1}ndo tambi\u{e9}n hay",
    ),
    (
        Language::Portuguese,
        "o a os as de do da dos das um uma e em no na nos nas \u{e9} que por para com se seu sua \
         ao aos como mais mas n\u{e3}o foi s\u{e3}o est\u{e1} este esta ser tem sobre entre quando \
         muito sem qual quais quem quantos onde pelo pela tamb\u{e9}m voc\u{ea}",
    ),
    (
        Language::Italian,
        "il lo la i gli le di del della dei delle un una e in \u{e8} che per con si suo sua al \
         alla come pi\u{f9} ma non sono stato questo questa essere ha da dal dalla nel nella sul \
         sulla quando molto senza chi quale quali quanti quante dove perch\u{e9} anche",
    ),
    (
        Language::Dutch,
        "de het een en van in is dat op te zijn voor met die niet aan er om ook als bij door maar \
         uit werd worden wordt naar heeft hebben nog over ze zich hoe wat wie waar wanneer waarom \
         welke hoeveel deze dit geen ik je wij",
    ),
    (
        Language::Swedish,
        "och i att det som en \u{e4}r p\u{e5} av f\u{f6}r med till den har de inte om ett var men \
         sig fr\u{e5}n vi s\u{e5} kan n\u{e4}r eller \u{e4}ven vad vem hur varf\u{f6}r vilken vilka \
         m\u{e5}nga jag du han hon",
    ),
    (
        Language::Danish,
        "og i at det som en er p\u{e5} af for med til den har de ikke om et var men sig fra vi \
         s\u{e5} kan n\u{e5}r eller ogs\u{e5} hvad hvem hvordan hvorfor hvilken mange jeg du han \
         hun blev efter",
    ),
    (
        Language::Norwegian,
        "og i at det som en er p\u{e5} av for med til den har de ikke om et var men seg fra vi \
         s\u{e5} kan n\u{e5}r eller ogs\u{e5} hva hvem hvordan hvorfor hvilken mange jeg du han \
         hun ble etter",
    ),
    (
        Language::Finnish,
        "ja on ei se ett\u{e4} oli joka ovat my\u{f6}s kuin tai mutta h\u{e4}n ne ole t\u{e4}m\u{e4} \
         sen jos niin kun olla mik\u{e4} kuka miten miksi miss\u{e4} milloin kuinka monta sek\u{e4} \
         ovatko min\u{e4} sin\u{e4}",
    ),
    (
        Language::Hungarian,
        "a az \u{e9}s hogy nem is egy volt meg ez csak de ha mint m\u{e1}r vagy azt el ki mi \
         m\u{e9}g kell lehet mely amely sz\u{e1}m\u{e1}ra hol mikor mi\u{e9}rt hogyan h\u{e1}ny \
         melyik van ezt",
    ),
    (
        Language::Romanian,
        "\u{219}i \u{15f}i \u{ee}n de la a cu pe este o un din care nu s\u{103} se pentru mai ce au \
         fost sau prin sunt al ale ei lui c\u{103} dar cum unde c\u{e2}nd c\u{e2}t c\u{e2}te cine \
         dup\u{103} acest",
    ),
    (
        Language::Turkish,
        "ve bir bu da de i\u{e7}in ile olarak olan gibi daha ne kadar \u{e7}ok en sonra ama veya \
         de\u{11f}il var oldu\u{11f}u nas\u{131}l nerede neden kim hangi ka\u{e7} mi m\u{131} her o",
    ),
];

/// The small words of all languages, each with the set of languages that have it.
#[derive(Debug, Clone)]
pub(super) struct Languages {
    words: Arc<HashMap<&'static str, u16>>,
}

impl Default for Languages {
    fn default() -> Self {
        let mut words: HashMap<&'static str, u16> = HashMap::new();
        for (place, (_, list)) in SMALL_WORDS.iter().enumerate() {
            for word in list.split_whitespace() {
                *words.entry(word).or_default() |= 1 << place;
            }
        }
        Self {
            words: Arc::new(words),
        }
    }
}

impl Languages {
    /// The language whose small words are most frequent among the first words, earlier in the
    /// table on a tie; none where there is no small word.
    pub(super) fn guess(&self, text: &str) -> Option<Language> {
        let mut counts = [0usize; SMALL_WORDS.len()];
        for word in text.unicode_words().take(GUESS_WORDS_MAX) {
            let Some(set) = self.words.get(word.to_lowercase().as_str()) else {
                continue;
            };
            for (place, count) in counts.iter_mut().enumerate() {
                *count += usize::from(set >> place & 1 == 1);
            }
        }
        let most = counts.iter().copied().max().filter(|most| *most > 0)?;
        let place = counts.iter().position(|count| *count == most)?;
        SMALL_WORDS.get(place).map(|(language, _)| *language)
    }
}
