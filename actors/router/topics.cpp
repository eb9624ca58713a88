#include "actors/router/topics.hpp"

#include "actors/router/lexicon.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace smart_agents {

namespace {

struct field {
  std::string_view name;
  std::string_view words;
};

// Chosen by hand, in the order of `topic`; a `*` stands for the word itself and
// its plural.
constexpr field fields[] = {
  {"arithmetic",
   "sum* total* add adds added subtract minus plus multiply multiplied divide "
   "divided division quotient remainder digit* fraction* decimal* percent "
   "percentage* average* mean ratio* proportion* number* calculate compute "
   "amount* cost* price* pay paid pays earn* earned sell* sold buy* bought "
   "spend* spent dollar* cent* money profit* discount* tax interest rate* "
   "square* cube* even odd multiple* factor* divisor* divisible integer* "
   "estimate rounded nearest count measure unit*"},
  {"algebra",
   "polynomial* equation* inequality quadratic linear cubic coefficient* root* "
   "function* domain variable* expression* simplify solve* solution* matrix "
   "matrices vector* determinant eigenvalue* eigenvector* logarithm* log ln "
   "exponent* exponential sin cos tan sine cosine tangent* trigonometric "
   "derivative* integral* differentiate integrate limit* converge* converges "
   "convergent series sequence* arithmetic geometric* complex real imaginary "
   "modulo mod prime* congruent gcd lcm floor ceiling infinite infinity "
   "asymptote* parabola* hyperbola* ellipse* slope* intercept* axis graph* "
   "group* ring* field* subgroup* abelian homomorphism* isomorphic "
   "isomorphism* cyclic permutation* generator* ideal* bijective injective "
   "continuous differentiable topology topological compact metric basis "
   "dimension* rank kernel frac sqrt cdot begin pmatrix binom infty theta pi "
   "alpha beta lambda evaluate satisfy satisfies"},
  {"geometry",
   "triangle* circle* angle* radius diameter circumference perimeter area* "
   "volume* polygon* hexagon* pentagon* parallelogram* rectangle* rhombus "
   "trapezoid* sphere* cylinder* cone* pyramid* prism* perpendicular parallel "
   "bisector* altitude* median* hypotenuse leg* vertex vertices edge* side* "
   "diagonal* point* line* segment* plane* coordinate* midpoint* distance* "
   "length* width* height* inscribed circumscribed degrees overline angle asy "
   "draw inch* feet foot meter* cm"},
  {"chance",
   "probability probabilities random randomly dice die coin* card* deck* ball* "
   "urn* marble* expected expectation variance deviation distribution* normal "
   "binomial poisson sample* sampling hypothesis regression correlation "
   "confidence significance statistic* statistical estimator* likelihood "
   "bayesian prior posterior combination* ways arrange* arrangement* choose "
   "chosen select selected counting permutations outcome* event* "
   "independent mutually frequency"},
  {"proof",
   "prove proof* theorem* lemma* corollary contradiction induction rigorous "
   "show deduce derive derivation conjecture axiom* formal formally imply "
   "implies necessary sufficient therefore hence thus proposition* "
   "counterexample optimal bound* complexity np"},
  {"physics",
   "velocity speed* acceleration force* mass* energy kinetic potential "
   "momentum "
   "gravity gravitational friction pressure temperature heat thermodynamic* "
   "entropy wave* wavelength frequency photon* electron* proton* neutron* "
   "quantum relativity electric magnetic charge* current* voltage* resistance "
   "resistor* capacitor* circuit* lens mirror* light optics particle* nuclear "
   "joule* newton* watt* kg torque angular spring* pendulum planet* star* "
   "orbit* galaxy sun earth moon telescope* astronomy solar universe"},
  {"chemistry",
   "atom* molecule* molecular bond* ion* ionic covalent acid* base* ph "
   "reaction* reagent* catalyst* equilibrium oxidation reduction mole* molar "
   "solution* solvent* solute* compound* element* periodic hydrogen oxygen "
   "carbon nitrogen sodium chlorine organic polymer* alkane* isomer* nmr "
   "spectroscopy enthalpy gas gases liquid* solid* concentration* titration "
   "buffer* electrolysis metal* orbital* hybridization"},
  {"biology",
   "cell* dna rna gene* genetic genome* chromosome* protein* enzyme* mutation* "
   "species evolution evolutionary selection organism* bacteria bacterial "
   "virus viruses viral plant* animal* photosynthesis mitosis meiosis "
   "membrane* "
   "mitochondria tissue* organ* ecosystem* population* predator* prey "
   "inheritance allele* phenotype* genotype* transcription translation amino "
   "receptor* hormone* neuron* nucleus ribosome* hominid* fossil* mammal*"},
  {"medicine",
   "patient* disease* symptom* treatment* diagnosis drug* dose* clinical "
   "hospital* doctor* nurse* physician* surgery cancer tumor* infection* blood "
   "heart kidney* liver lung* brain bone* muscle* nerve* artery vein* skin "
   "fever pain chronic acute syndrome* therapy vaccine* antibody antibodies "
   "hiv diabetes insulin pregnancy fetal nutrition diet* vitamin* calories "
   "anatomy cranial examination history year-old presents hepatitis"},
  {"computing",
   "algorithm* program* programming code software hardware computer* compiler* "
   "memory cache* cpu processor* bit* byte* binary array* string* list* loop* "
   "recursion recursive stack* queue* tree* hash database* sql query queries "
   "server* client* network* protocol* tcp ip http packet* encryption encrypt "
   "security attack* buffer overflow thread* process* operating linux unix "
   "file* class object* method* variable* python java javascript html css c "
   "pseudocode runtime api function* return boolean pointer* syntax turing "
   "automaton grammar* regex instruction* register* pipeline* debug error* "
   "implement implementation cloud kubernetes docker git app application*"},
  {"engineering",
   "motor* machine* engine* transformer* winding* conductor* inductance "
   "amplifier* transistor* diode* signal* analog digital logic gate* flip "
   "load* beam* stress strain steel concrete design* system* control* sensor* "
   "turbine* pump* valve* bridge* generator* mechanical electrical "
   "architecture distributed scalable fault tolerant latency throughput"},
  {"law",
   "law* legal court* judge* jury plaintiff* defendant* contract* tort* "
   "statute* "
   "constitutional constitution amendment* liability liable negligence crime* "
   "criminal murder robbery burglary felony evidence testimony witness "
   "attorney* lawyer* sued sue damages property deed* easement* landlord* "
   "tenant* estate* will trust* mortgage* breach* injunction* appeal* statute "
   "jurisdiction* offense* convicted arrested police prosecution hearsay "
   "buyer* seller* treaty treaties sovereignty clause* admissible motion"},
  {"economics",
   "economy economic* demand supply price* market* inflation unemployment gdp "
   "monetary fiscal policy policies tax taxes tariff* trade* export* import* "
   "currency exchange bank* reserve* interest deficit* surplus elasticity "
   "monopoly oligopoly competition competitive marginal utility consumer* "
   "producer* firm* wage* labor capital investment* aggregate curve* cost* "
   "revenue* profit* equilibrium good goods income gnp recession"},
  {"business",
   "business company companies customer* management manager* marketing brand* "
   "product* sales strategy strategic organization* organizational employee* "
   "leadership corporate audit* auditor* account* accounting asset* liability "
   "liabilities stock* shareholder* dividend* bond* depreciation budget* cash "
   "balance financial finance inventory startup* stakeholder* team* project* "
   "public relations ethics advertising campaign* proposal* report*"},
  {"psychology",
   "psychology psychologist* psychological behavior behavioral cognitive "
   "memory "
   "learning conditioning reinforcement stimulus perception emotion* anxiety "
   "depression disorder* therapist* therapy personality freud piaget erikson "
   "attachment motivation intelligence iq consciousness sleep dream* stress "
   "attitude* schizophrenia attention child children adolescent* infant* aging "
   "development developmental test* bias counseling client*"},
  {"society",
   "society social culture* cultural class gender race* racial ethnic family "
   "families marriage education school* community communities inequality "
   "poverty urban rural migration population* sociology sociologist* norm* "
   "identity sex sexual homosexual women men survey* percent media"},
  {"politics",
   "government* president* congress senate party parties election* vote* "
   "voting "
   "democracy democratic republican* state* federal foreign policy war* "
   "military nuclear security power* international united nations treaty "
   "alliance* soviet cold terrorism diplomacy political politics liberal "
   "conservative bureaucracy minister* parliament regime*"},
  {"history",
   "century centuries war* empire* king* queen* emperor* revolution* ancient "
   "medieval colonial colony colonies slave* slavery civilization* dynasty "
   "roman rome greek egypt egyptian battle* army soldier* bc ad 18th 19th 20th "
   "17th 16th renaissance reformation industrial french british german world "
   "treaty archaeological neolithic site* pottery tribe*"},
  {"religion",
   "god* religion* religious church* christian* christianity islam muslim* "
   "jewish judaism jews hindu hinduism buddhist buddhism buddha bible quran "
   "prayer* temple* priest* monk* sacred holy jesus prophet* pope saint* sikh "
   "karma ritual* faith tao confucius"},
  {"philosophy",
   "philosophy philosopher* philosophical kant plato socrates aristotle hume "
   "descartes nietzsche mill utilitarianism ethics ethical metaphysics "
   "epistemology knowledge truth reason* existence being argument* claim* "
   "claims argues according fallacy fallacies virtue* free will moral* "
   "happiness justice rights autonomy"},
  {"morals",
   "wrong right morally moral ethical acceptable permissible blame guilty "
   "lie* lied steal* stole cheat* hurt harm* kill* abortion euthanasia duty "
   "duties obligation* fair unfair good bad evil ordinary standards scenario* "
   "intentionally deliberately"},
  {"geography",
   "country countries city cities capital* river* mountain* ocean* sea "
   "continent* "
   "africa asia europe america india china russia japan france germany england "
   "population climate map* border* island* desert* region* north south east "
   "west located largest"},
  {"arts",
   "music song* album* band* singer* film* movie* actor* actress director* "
   "book* "
   "novel* author* writer* poet* painting* painter* artist* art opera theatre "
   "play* tv show* series episode* award* oscar shakespeare literature "
   "literary character*"},
  {"pastime",
   "game* sport* team* player* football soccer baseball basketball tennis golf "
   "cricket olympic olympics chess score* win* won race* champion* league* "
   "cup travel trip* hotel* flight* vacation* restaurant*"},
  {"everyday",
   "food* eat* drink* cook* cooking recipe* water milk bread apple* egg* cake* "
   "dinner lunch breakfast car* bus house* home room* bed clothes shoe* dog* "
   "cat* pet* toy* friend* mom mother dad father brother* sister* baby kids "
   "birthday party weather phone* shop* store* my card* account* reminder* "
   "alarm timer bill* order*"},
  {"quantity",
   "each every per twice half double triple thrice quarter third all "
   "altogether "
   "remaining left over rest more less fewer most least many much few several "
   "another both one two three four five six seven eight nine ten eleven "
   "twelve "
   "twenty thirty hundred thousand million dozen pair* times"},
  {"comparison",
   "than compare* compared comparison contrast difference* different similar "
   "same versus vs better worse best worst larger smaller greater higher lower "
   "longer shorter older younger taller faster slower equal equals"},
  {"time",
   "day* week* month* year* hour* minute* second* today tomorrow yesterday "
   "monday tuesday wednesday thursday friday saturday sunday morning evening "
   "night* ago later date* age old daily weekly monthly january february march "
   "april june july august september october november december"},
  {"sequence",
   "then after before next finally first second last later afterwards until "
   "while during when once starts ends begins continue step* initially"},
  {"condition",
   "if unless suppose assume assuming given let such where provided otherwise "
   "whenever whether would could might case* constraint* condition*"},
  {"logic", "true false all some none every no any only exactly statement* "
            "valid invalid "
            "premise* conclusion* argument* either neither nor or and implies "
            "equivalent "
            "contradictory consistent truth table* clue* puzzle* position* row "
            "sentence* follows following"},
  {"negation", "not except never no none neither nor cannot without isn doesn "
               "don didn least "
               "incorrect unlikely false exception"},
  {"opinion",
   "think feel* believe opinion* recommend* suggest* advice tip* should "
   "favorite "
   "prefer* best ideas help ideal important reason* ways experience* you your"},
  {"explaining",
   "explain* describe* discuss why how what overview* summarize definition* "
   "define* meaning example* discuss elaborate detail* understand difference* "
   "works basics introduction guide*"},
  {"demand",
   "must should ensure require* required requirement* need* needs include* "
   "including using use format list bullet table* section* paragraph* words "
   "limit maximum minimum exactly avoid specific detailed comprehensive "
   "provide* return output* input* json step following constraints"},
  {"language",
   "translate translation english french spanish german chinese japanese word* "
   "phrase* sentence* paragraph* grammar synonym* antonym* spelling rewrite "
   "paraphrase summarize summary correct text* essay* article* letter* email* "
   "formal tone edit proofread noun* verb* adjective* language* meaning idiom* "
   "classify sentiment question* answer*"},
  {"fiction",
   "story stories tale* poem* poetry haiku sonnet limerick lyric* verse* "
   "rhyme* "
   "character* protagonist plot* scene* chapter* dialogue* monologue* fantasy "
   "novel* fictional fiction fanfiction screenplay* script* narrative* "
   "narrator "
   "hero heroine villain* wizard* dragon* princess magic magical kingdom* "
   "ghost* "
   "adventure* romance comedy anime episode* crossover alternate sequel "
   "universe roleplay imagine pretend setting twist scary funny suspense "
   "storytelling persona soliloquy parody satire"},
  {"invention",
   "slogan* tagline* name* title* joke* riddle* creative* creativity "
   "brainstorm "
   "compose* invent* imaginative vivid engaging captivating catchy humorous "
   "witty whimsical dramatic witty original unique blog jingle ad caption* pun "
   "metaphor* speech* toast lyrical write perspective"},
  {"scene",
   "red blue green yellow black white purple orange pink colorful bright dark "
   "standing sitting wearing holding front background foreground sky sunset "
   "forest beach snow field wooden glass portrait close view realistic style "
   "digital oil watercolor sketch photograph photorealistic resolution "
   "lighting "
   "abstract cartoon surreal minimalist robot* panda* raccoon* cat cats dog "
   "dogs "
   "bear* horse* elephant* bird* street* statue* tower painting panel dslr "
   "illustration poster wallpaper icon logo avatar mural"},
  {"noise",
   "sound* noise* barking bark* meow* chirp* chirping humming hum* buzzing "
   "beep* beeping ringing siren* engine* whistling whistle* clicking click* "
   "tapping rustling splashing gurgling snoring sneezing cough* laughing "
   "crying "
   "crowd applause cheering speaks speaking talks talking voice* vehicle* "
   "horn* "
   "honking thunder rain wind footsteps drum* guitar piano violin melody "
   "orchestra beat tempo instrument* loud loudly quiet echo* acoustic jazz "
   "ambient narrator rumbling squealing idling sizzling squeaking revving "
   "microphone narration song music"},
  {"motion",
   "video* clip* animation* animate animated footage film* cinematic timelapse "
   "slow motion camera pan* panning zoom* zooming tilt* drone aerial shot* "
   "moving walking running dancing flying driving riding swimming turning "
   "opening closing drifting spinning jumping playing scene transition* frames "
   "loop fps montage trailer"},
  {"learning",
   "model* classify classification detect* detection recognize recognition "
   "recognition segmentation segment* estimate estimation generate* generated "
   "predict* prediction dataset* neural train* trained training api pretrained "
   "inference transformer embedding* feature* caption* captioning answering "
   "transcribe* transcription convert* speech speaker* separation enhancement "
   "similarity extract* extraction identify analyze* analysis"},
  {"person",
   "i me my we our us you your he him his she her they them their who"},
  {"function word", "the a an of in on at to for with by from as is are was "
                    "were be been it this "
                    "that these those which and or but"},
  {"question word", "what which who whom whose when where why how"},
  {"order",
   "write create generate make draw design build develop compose produce give "
   "list tell show provide please can help find explain describe implement "
   "render play need want"},
};

static_assert(std::size(fields) == topic_count);

} // namespace

std::string_view to_string(topic x) {
  auto index = static_cast<size_t>(x);
  return index < topic_count ? fields[index].name : "unknown";
}

std::vector<std::pair<uint64_t, uint64_t>> topic_words() {
  std::vector<std::pair<uint64_t, uint64_t>> result;
  for (size_t i = 0; i < std::size(fields); ++i) {
    auto left = fields[i].words;
    while (!left.empty()) {
      auto word = left.substr(0, left.find(' '));
      left.remove_prefix(std::min(word.size() + 1, left.size()));
      auto plural = word.back() == '*';
      if (plural)
        word.remove_suffix(1);
      result.emplace_back(hash_of_word(word), uint64_t{1} << i);
      if (plural)
        result.emplace_back(hash_of_word(std::string{word} + 's'),
                            uint64_t{1} << i);
    }
  }
  return result;
}

} // namespace smart_agents
