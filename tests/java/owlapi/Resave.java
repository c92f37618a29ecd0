import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.FunctionalSyntaxDocumentFormat;
import org.semanticweb.owlapi.formats.OWLXMLDocumentFormat;
import org.semanticweb.owlapi.formats.PrefixDocumentFormat;
import org.semanticweb.owlapi.formats.RDFXMLDocumentFormat;
import org.semanticweb.owlapi.io.RDFParserMetaData;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLDocumentFormat;
import org.semanticweb.owlapi.model.OWLObject;
import org.semanticweb.owlapi.model.OWLOntology;

/**
 * Opens and saves ontologies as Protégé does, one for each line `FILE tab COPY tab SYNTAX` of the input. Answers each
 * with the statements it did not understand and the axioms that differ, then with an empty line.
 */
public class Resave {
    private static final Map<String, Supplier<PrefixDocumentFormat>> SYNTAXES = Map.of(
        "RDF/XML", RDFXMLDocumentFormat::new,
        "OWL/XML", OWLXMLDocumentFormat::new,
        "functional", FunctionalSyntaxDocumentFormat::new);

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] files = line.split("\t");
            try {
                resave(new File(files[0]), new File(files[1]), SYNTAXES.get(files[2]).get());
            } catch (Exception error) {
                tell("failed", error);
            }
            System.out.println();
            System.out.flush();
        }
    }

    private static void resave(File file, File copy, PrefixDocumentFormat target) throws Exception {
        OWLOntology original = load(file);
        OWLDocumentFormat format = original.getOWLOntologyManager().getOntologyFormat(original);
        if (format.isPrefixOWLOntologyFormat()) {
            target.copyPrefixesFrom(format.asPrefixOWLOntologyFormat());
        }
        original.getOWLOntologyManager().saveOntology(original, target, IRI.create(copy));
        if (format.getOntologyLoaderMetaData() instanceof RDFParserMetaData) {
            ((RDFParserMetaData) format.getOntologyLoaderMetaData()).getUnparsedTriples()
                .forEach(triple -> tell("unparsed", triple));
        }
        Set<OWLObject> before = contents(original);
        Set<OWLObject> after = contents(load(copy));
        before.stream().filter(axiom -> !after.contains(axiom)).forEach(axiom -> tell("lost", axiom));
        after.stream().filter(axiom -> !before.contains(axiom)).forEach(axiom -> tell("added", axiom));
    }

    private static void tell(String what, Object object) {
        System.out.println(what + " " + object.toString().replace("\n", " "));
    }

    private static OWLOntology load(File file) throws Exception {
        return OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(file);
    }

    private static Set<OWLObject> contents(OWLOntology ontology) {
        Set<OWLObject> all = new HashSet<>(ontology.getAxioms());
        all.addAll(ontology.getAnnotations());
        return all;
    }
}
