import java.io.File;
import java.util.HashSet;
import java.util.Set;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.RDFXMLDocumentFormat;
import org.semanticweb.owlapi.io.RDFParserMetaData;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLObject;
import org.semanticweb.owlapi.model.OWLOntology;

/** Loads an ontology, saves it as RDF/XML, loads the copy, and prints what of it was not understood or was lost. */
public class RoundTrip {
    public static void main(String[] args) throws Exception {
        OWLOntology original = load(new File(args[0]));
        File copy = new File(args[1]);
        original.getOWLOntologyManager().saveOntology(original, new RDFXMLDocumentFormat(), IRI.create(copy));

        RDFParserMetaData reading = (RDFParserMetaData) original.getOWLOntologyManager()
            .getOntologyFormat(original).getOntologyLoaderMetaData();
        reading.getUnparsedTriples().forEach(triple -> System.out.println("unparsed " + triple));
        Set<OWLObject> lost = contents(original);
        lost.removeAll(contents(load(copy)));
        lost.forEach(axiom -> System.out.println("lost " + axiom));
        System.out.println("axioms " + original.getAxiomCount());
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
