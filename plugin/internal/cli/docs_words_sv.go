package cli

func swedishPage() *pageWords {
	return &pageWords{
		swedish:   true,
		title:     "Modulerna",
		generated: "Skriven av `wmclient docs modules` ur profilerna; ändra i modulerna, inte på den här sidan.",
		intro: "En modul är en enhet av härdning som en klient antingen har eller inte har. Sidan säger om var och en vad den är till för, vad den ställer in och varför. " +
			"Värdena är de som gäller när avbilden inte anger något annat; vad en avbild anger i stället står i dess plan. Ingenting här säger att en inställning har verkan på en viss klient: det visar valideringen.",
		method: "Metod", module: "Modul", settings: "Inställningar", version: "Version", windows: "Windows", allBuilds: "alla byggen",
		requires: "Kräver", capabilities: "Säkerhetsförmågor", severitySource: "Allvarlighetsgraderna kommer från", breaks: "Vad den veterligen slår ut",
		inputs: "Indata", required: "Måste anges", byDefault: "Förval", flows: "Trafik som den behöver", ports: "port", peers: "motparter",
		program: "program", when: "Bara när", leaves: "Vad den medvetet låter vara", severity: "allvarlighetsgrad", onlyBuilds: "Bara på",
		forEach: "En för varje i", references: "Källor", byImage: "efter vad avbilden anger", build: "Bygge", more: "och %d till", kind: "Slag",
		methods: map[string]string{
			"no-internet": "Ingen åtkomst till internet", "separation": "Avskiljning från omgivningen", "mt-only": "Endast medicintekniska program",
			"monitoring": "Övervakning", "protection": "Skydd mot skadlig kod", "patching": "Regler för uppdatering", "policies": "Policyer",
			"session": "Session och inloggning", "remote-access": "Fjärråtkomst", "virtual-client": "Virtuella klienter",
		},
		schemes: map[string]string{
			"reg": "Registervärdet", "svc": "Tjänsten", "file": "Filen", "right": "Användarrättigheten", "account-policy": "Kontopolicyn",
			"audit": "Granskning av underkategorin", "account": "Det lokala kontot", "account-name": "Namnet på det lokala kontot", "group": "Medlemmarna i gruppen",
			"task": "Den schemalagda aktiviteten", "feature": "Windowsfunktionen", "program": "Det installerade programmet",
			"registry-security": "Behörigheterna till registernyckeln", "file-security": "Behörigheterna till", "secret": "Hemligheten",
		},
		words: map[string]string{
			"low": "låg", "medium": "medel", "high": "hög", "critical": "kritisk", "in": "in", "out": "ut", "any": "alla protokoll",
			"tcp": "TCP", "udp": "UDP", "icmpv4": "ICMPv4", "icmpv6": "ICMPv6", "in-key": "i", "empty": "tomt",
			"disabled": "avstängd", "enabled": "påslagen", "manual": "startas vid behov", "automatic": "startas automatiskt", "delayed": "startas automatiskt, fördröjt",
			"absent": "finns inte", "installed": "installerat", "none": "ingen", "success": "lyckade", "failure": "misslyckade", "success,failure": "lyckade och misslyckade",
			"nobody": "ingen", "default value": "(standardvärdet)",
			"directory": "mapp", "made-on-client": "skapas på klienten",
		},
		constraintWords: map[string]string{"^": "bygge %s", ">=": "bygge %s och senare", "<": "byggen före %s"},
		sids: map[string]string{
			"S-1-1-0": "Alla", "S-1-5-2": "Nätverk", "S-1-5-6": "Tjänst", "S-1-5-7": "Anonyma", "S-1-5-9": "Domänkontrollanter",
			"S-1-5-11": "Autentiserade användare", "S-1-5-18": "Systemet", "S-1-5-19": "Lokal tjänst", "S-1-5-20": "Nätverkstjänst",
			"S-1-5-32-544": "Administratörer", "S-1-5-32-545": "Användare", "S-1-5-32-546": "Gäster",
			"S-1-5-32-547": "Privilegierade användare", "S-1-5-32-551": "Ansvariga för säkerhetskopiering",
			"S-1-5-32-555": "Användare av fjärrskrivbord", "S-1-5-32-559": "Användare av prestandaloggar",
			"S-1-5-32-568": "IIS-användare", "S-1-5-32-573": "Läsare av händelseloggar", "S-1-5-32-578": "Hyper-V-administratörer",
			"S-1-5-32-580": "Användare av fjärrhantering", "S-1-5-80-0": "Alla tjänster", "S-1-5-113": "Lokala konton",
			"S-1-5-114": "Lokala konton som är administratörer", "S-1-5-90-0": "Fönsterhanteraren",
			"S-1-5-83-0": "Virtuella datorer",
		},
		capabilityWords: map[string]string{
			"ALOF": "Automatisk utloggning", "AUDT": "Granskning", "AUTH": "Behörighet", "CNFS": "Inställning av säkerhetsfunktioner",
			"CSUP": "Säkerhetsuppdateringar", "DIDT": "Avidentifiering", "DTBK": "Säkerhetskopiering och återställning", "EMRG": "Nödåtkomst",
			"IGAU": "Datas riktighet och äkthet", "MLDP": "Skydd mot skadlig kod", "NAUT": "Autentisering av noder", "PAUT": "Autentisering av personer",
			"PLOK": "Fysiska lås", "RDMP": "Tredjepartskomponenter under livscykeln", "SAHD": "Härdning av systemet", "SGUD": "Säkerhetsanvisningar",
			"STCF": "Sekretess för lagrade data", "TXCF": "Sekretess vid överföring", "TXIG": "Riktighet vid överföring",
			"CONN": "Anslutningar", "RMOT": "Fjärrservice", "SBOM": "Förteckning över programkomponenter", "MPII": "Hantering av personuppgifter",
		},
	}
}
