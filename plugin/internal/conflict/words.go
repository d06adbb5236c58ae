package conflict

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"

// describe gives rows their texts for reference pages.
func describe(rows []Row) []Row {
	for i := range rows {
		rows[i].Trigger, rows[i].WayOut = rowTexts[rows[i].Name][0], rowTexts[rows[i].Name][1]
	}
	return rows
}

// rowTexts are what triggers a row, and the way out, by the row's name.
var rowTexts = map[string][2]plan.Text{
	"account-rules": {
		{EN: "An account that the product uses (service, autologon, break-glass) meets expiring passwords, lockout or a right that is denied to local accounts.", SV: "Ett konto som produkten använder (tjänst, automatisk inloggning, nödkonto) möter lösenord som går ut, kontolåsning eller en rättighet som nekas lokala konton."},
		{EN: "maximum_age = -1 or a higher lockout_threshold in the module account-policy; a password that does not expire for that account alone, a break-glass account that is not locked, or a domain account.", SV: "maximum_age = -1 eller ett högre lockout_threshold i modulen account-policy; ett lösenord som inte går ut för just det kontot, ett nödkonto som inte låses, eller ett domänkonto."},
	},
	"account-times": {
		{EN: "A lockout that is shorter than its counter of wrong passwords, or passwords that must be changed before they may be.", SV: "En kontolåsning som är kortare än räknaren för felaktiga lösenord, eller lösenord som måste bytas innan de får bytas."},
		{EN: "Let the longer time be at least the shorter one: Windows takes neither otherwise.", SV: "Låt den längre tiden vara minst den kortare: annars tar Windows inte emot någon av dem."},
	},
	"agreed-days": {
		{EN: "A setting is agreed on until a day (a freeze of updates, a manufacturer's access) before the image is released, or after it is required.", SV: "En inställning gäller till en överenskommen dag (frysta uppdateringar, en tillverkares åtkomst) före avbildens utgivning, eller efter att den behövs."},
		{EN: "A day within the image's life. Once it has passed, builds and validations stop as with an expired exception.", SV: "En dag inom avbildens livstid. När den har passerat stoppas byggen och valideringar som vid ett utgånget undantag."},
	},
	"audit-availability": {
		{EN: "The plan lets Windows stop, or lose new entries, when the security log is full.", SV: "Planen låter Windows stanna, eller förlora nya poster, när säkerhetsloggen är full."},
		{EN: "Let the log overwrite its oldest entries, and forward it (module monitoring).", SV: "Låt loggen skriva över sina äldsta poster och skicka den vidare (modulen monitoring)."},
	},
	"autologon": {
		{EN: "The product logs on by itself when the client starts, and the plan turns that off, lets it run out, logs on another account than the product states, or does not see to it.", SV: "Produkten loggar in sig själv när klienten startar, och planen stänger av det, låter det löpa ut, loggar in ett annat konto än det produkten anger, eller ordnar det inte."},
		{EN: "The variant continuous-display of the module session, and automatic_logon = true in the module lock-screen.", SV: "Varianten continuous-display i modulen session, och automatic_logon = true i modulen lock-screen."},
	},
	"autologon-lock": {
		{EN: "The client logs on by itself with an account whose password nobody knows, and the plan locks the screen when nobody types: the lock cannot be opened.", SV: "Klienten loggar in sig själv med ett konto vars lösenord ingen känner till, och planen låser skärmen när ingen skriver: låset går inte att öppna."},
		{EN: "Except what locks (module lock-screen: inactivity-timeout, screen-saver), another variant in the module session, or an account that people know.", SV: "Undanta det som låser (modulen lock-screen: inactivity-timeout, screen-saver), en annan variant i modulen session, eller ett konto som någon känner till."},
	},
	"av-exclusions": {
		{EN: "Antivirus scans in real time, and the product names files that must be left alone; or the plan leaves out a place that users write to: a profile, a temporary folder, a root, or a folder that a product states as writable.", SV: "Virusskyddet läser i realtid och produkten anger filer som ska lämnas i fred; eller planen undantar en plats där användare skriver: en profil, en temporär mapp, en rot eller en mapp som en produkt anger som skrivbar."},
		{EN: "The module protection excludes exactly what products name. A place that users certainly write to is refused until somebody accepts it; a folder that Windows merely lets them put files into is a warning, unless the plan takes that right from them or enforces allow-listing.", SV: "Modulen protection undantar just det som produkter anger. En plats där användare säkert skriver avvisas tills någon godtar den; en mapp där Windows bara låter dem lägga filer är en varning, om inte planen tar den rätten ifrån dem eller upprätthåller programkontroll."},
	},
	"av-forbidden": {
		{EN: "The product must run without antivirus, and the plan turns it on.", SV: "Produkten måste köras utan virusskydd och planen slår på det."},
		{EN: "Allow-listing instead (module protection, input regime), with the reason written down.", SV: "Tillåtelselistning i stället (modulen protection, indata regime), med skälet nedskrivet."},
	},
	"av-repair": {
		{EN: "The product forbids that antivirus repairs files by itself.", SV: "Produkten förbjuder att virusskyddet åtgärdar filer på egen hand."},
		{EN: "Turn automatic repair off in the module protection.", SV: "Slå av automatisk åtgärd i modulen protection."},
	},
	"av-signatures": {
		{EN: "Antivirus is on, the client does not reach the internet, and nothing says where signatures come from, or what is named leads nowhere: an update server or shares that nobody has named.", SV: "Virusskyddet är på, klienten når inte internet och inget säger varifrån signaturerna kommer, eller så leder det som anges ingenstans: en uppdateringsserver eller delningar som ingen har angett."},
		{EN: "WSUS, a file share or frozen signatures in the module protection; cloud protection off.", SV: "WSUS, en filresurs eller frysta signaturer i modulen protection; molnskyddet av."},
	},
	"card-middleware": {
		{EN: "Card software needs certificate propagation on or off, and the plan has it the other way, or says nothing.", SV: "Kortprogramvaran behöver certifikatspridning på eller av, och planen har det tvärtom eller säger inget."},
		{EN: "The variant for card log-on in the module session.", SV: "Varianten för kortinloggning i modulen session."},
	},
	"card-removal": {
		{EN: "The client acts when a card is taken out, and the product needs another action or shares its session.", SV: "Klienten agerar när kortet tas ur, och produkten behöver något annat eller delar sin session."},
		{EN: "State needs.session.card_removal, and choose that action in the module lock-screen or session.", SV: "Ange needs.session.card_removal och välj den åtgärden i modulen lock-screen eller session."},
	},
	"command-lines": {
		{EN: "Command lines are written to the log, and the product's may hold patient data.", SV: "Kommandorader skrivs till loggen, och produktens kan innehålla patientuppgifter."},
		{EN: "State needs.patient_data_in_command_lines, or leave command lines out (module monitoring).", SV: "Ange needs.patient_data_in_command_lines, eller utelämna kommandorader (modulen monitoring)."},
	},
	"continuous-display": {
		{EN: "The product shows images continuously, and the plan locks, blanks or sleeps; or it wants a lock sooner than the plan gives.", SV: "Produkten visar bilder hela tiden och planen låser, släcker eller går i vila; eller så vill den ha lås tidigare än planen ger."},
		{EN: "Except these settings with a compensating control such as a locked room.", SV: "Undanta inställningarna med en kompenserande åtgärd, till exempel ett låst rum."},
	},
	"dcom": {
		{EN: "The product's DCOM link is weaker than packet integrity, and updates since March 2023 are in the base or come.", SV: "Produktens DCOM-länk är svagare än paketintegritet, och uppdateringar sedan mars 2023 finns i basen eller är på väg."},
		{EN: "A version of the product that asks for packet integrity.", SV: "En version av produkten som begär paketintegritet."},
	},
	"devices": {
		{EN: "The product uses a camera, microphone, location or Bluetooth that the plan denies.", SV: "Produkten använder kamera, mikrofon, plats eller Bluetooth som planen nekar."},
		{EN: "Except these settings, and try the device.", SV: "Undanta inställningarna och prova enheten."},
	},
	"disk-encryption": {
		{EN: "Disks are encrypted, and the product must start with nobody there or has its disk moved for service.", SV: "Diskarna krypteras, och produkten måste starta obevakad eller får disken flyttad vid service."},
		{EN: "Network unlock or no PIN (module bitlocker); say who keeps the recovery keys.", SV: "Nätverksupplåsning eller ingen PIN (modulen bitlocker); säg vem som förvarar återställningsnycklarna."},
	},
	"dma": {
		{EN: "The product has a device on Thunderbolt, FireWire or a frame grabber, and the plan closes such buses.", SV: "Produkten har en enhet på Thunderbolt, FireWire eller ett bildinfångningskort, och planen stänger sådana bussar."},
		{EN: "Try the device, and except what stops it.", SV: "Prova enheten och undanta det som stoppar den."},
	},
	"domain-policy": {
		{EN: "The product needs a domain, whose policy goes before local policy.", SV: "Produkten behöver en domän, vars policy går före lokal policy."},
		{EN: "See what it overrides: wmclient plan IMAGE --gpo BACKUP.", SV: "Se vad den skriver över: wmclient plan IMAGE --gpo BACKUP."},
	},
	"elevation": {
		{EN: "Users cannot elevate, and a service engineer is a standard user or the product writes to a folder of its own.", SV: "Användare kan inte få högre behörighet, och en servicetekniker är vanlig användare eller produkten skriver i en egen mapp."},
		{EN: "Permissions on that folder (kind file_permission), or an administrator's account for the visit.", SV: "Behörighet till mappen (typen file_permission), eller ett administratörskonto för besöket."},
	},
	"features": {
		{EN: "The product needs a Windows feature that the plan turns off, or .NET 3.5 that nothing turns on; or the plan turns on .NET 3.5 and nothing says where its files come from, or they are on a server that the firewall keeps the client from.", SV: "Produkten behöver en Windowsfunktion som planen slår av, eller .NET 3.5 som inget slår på; eller så slår planen på .NET 3.5 och inget säger varifrån filerna kommer, eller så ligger de på en server som brandväggen stänger ute."},
		{EN: "Service the base and write the feature into its file (features), or turn it on (kind optional_feature) and name the source by policy (LocalSourcePath).", SV: "Uppdatera basen och skriv in funktionen i dess fil (features), eller slå på den (typen optional_feature) och ange källan med policy (LocalSourcePath)."},
	},
	"fips": {
		{EN: "FIPS mode is on, and the product is not stated to run in it.", SV: "FIPS-läge är på, och det är inte angivet att produkten går i det."},
		{EN: "Leave FIPS mode off.", SV: "Låt FIPS-läget vara av."},
	},
	"cut-flows": {
		{EN: "A firewall rule of the plan blocks everything that another of its rules allows a peer: blocking goes before allowing.", SV: "En brandväggsregel i planen stoppar allt som en annan av dess regler tillåter för en motpart: att stoppa går före att tillåta."},
		{EN: "Take the address out of the rule that blocks (module isolation, input closed_networks), or give up the flow.", SV: "Ta bort adressen ur regeln som stoppar (modulen isolation, indata closed_networks), eller avstå från flödet."},
	},
	"wide-exceptions": {
		{EN: "An exception keeps SMB 1, SMB without signatures or NTLM version 1, and the firewall lets the client begin those connections with everybody.", SV: "Ett undantag behåller SMB 1, SMB utan signering eller NTLM version 1, och brandväggen låter klienten påbörja sådana anslutningar mot alla."},
		{EN: "Block outgoing traffic (module firewall, input block_outbound), and state the flow to that peer.", SV: "Blockera utgående trafik (modulen firewall, indata block_outbound) och ange flödet till den motparten."},
	},
	"flows": {
		{EN: "The firewall blocks what no rule names, and a product or module declares a flow.", SV: "Brandväggen stoppar det ingen regel nämner, och en produkt eller modul anger ett flöde."},
		{EN: "The module firewall opens declared flows; its input peers says which addresses a role has.", SV: "Modulen firewall öppnar angivna flöden; dess indata peers säger vilka adresser en roll har."},
	},
	"forbidden": {
		{EN: "The plan turns on what the product forbids: a feature, a service, FIPS mode, antivirus.", SV: "Planen slår på det produkten förbjuder: en funktion, en tjänst, FIPS-läge, virusskydd."},
		{EN: "Leave it off.", SV: "Låt det vara av."},
	},
	"frozen-patching": {
		{EN: "Updates are frozen and the plan lacks isolation, allow-listing or an end date; or the product wants them frozen and the plan brings them.", SV: "Uppdateringar är frysta och planen saknar isolering, tillåtelselistning eller slutdatum; eller så vill produkten ha dem frysta och planen hämtar dem."},
		{EN: "Isolation by the firewall in both directions or the fact separation, allow-listing (module mt-only) and frozen_until (module patching).", SV: "Isolering med brandväggen åt båda hållen eller uppgiften separation, tillåtelselistning (modulen mt-only) och frozen_until (modulen patching)."},
	},
	"hash-rules": {
		{EN: "Programs are allowed by hash, and the manufacturer replaces program files.", SV: "Program tillåts med hash, och tillverkaren byter ut programfiler."},
		{EN: "New rules with each version, or rules by publisher.", SV: "Nya regler för varje version, eller regler på utgivare."},
	},
	"internet": {
		{EN: "Outgoing traffic is blocked, and the product needs the internet.", SV: "Utgående trafik är stoppad, och produkten behöver internet."},
		{EN: "Ask the manufacturer for the endpoints, and state them as flows.", SV: "Fråga tillverkaren efter adresserna och ange dem som flöden."},
	},
	"kernel-drivers": {
		{EN: "Memory integrity is on, and a driver of the product does not load under it.", SV: "Minnesintegritet är på, och en av produktens drivrutiner laddas inte med den."},
		{EN: "Leave memory integrity off, or ask for another driver.", SV: "Låt minnesintegritet vara av, eller begär en annan drivrutin."},
	},
	"local-firewall-rules": {
		{EN: "Rules that installers make are ignored, and the product does not state its flows in full.", SV: "Regler från installationsprogram gäller inte, och produkten anger inte alla sina flöden."},
		{EN: "Write all flows into the product's file; flows = [] where it has none.", SV: "Skriv alla flöden i produktens fil; flows = [] om den inte har några."},
	},
	"lsa-protection": {
		{EN: "Local Security Authority is protected, and the product puts a library into it that Microsoft has not signed.", SV: "Local Security Authority är skyddad, och produkten lägger in ett bibliotek som Microsoft inte har signerat."},
		{EN: "Audit first (module credential-protection), protect when the log is clean.", SV: "Granska först (modulen credential-protection) och skydda när loggen är ren."},
	},
	"management-path": {
		{EN: "The image is managed by WinRM over HTTPS, and the plan turns it off, lets nobody in, blocks a place that may hold its peers, or keeps local accounts from it where no product needs a domain.", SV: "Avbilden förvaltas med WinRM över HTTPS, och planen stänger av det, släpper inte in någon, blockerar en plats där motparterna kan finnas, eller håller lokala konton utanför där ingen produkt behöver en domän."},
		{EN: "Input management_peers of the module firewall, addresses instead of words in rules that block, domain accounts, or another management path.", SV: "Indata management_peers i modulen firewall, adresser i stället för ord i regler som blockerar, domänkonton, eller en annan väg för förvaltning."},
	},
	"notice-and-autologon": {
		{EN: "A legal notice waits for somebody, and the client or the product logs on by itself.", SV: "En juridisk text väntar på någon, och klienten eller produkten loggar in sig själv."},
		{EN: "Leave the notice out, or let people log on.", SV: "Utelämna texten, eller låt människor logga in."},
	},
	"ntlm": {
		{EN: "The product needs an older NTLM than the plan lets the client answer with, or a peer comes in, logs on and is refused.", SV: "Produkten behöver äldre NTLM än planen låter klienten svara med, eller en motpart kommer in, loggar in och nekas."},
		{EN: "Except the client's side: LmCompatibilityLevel = 2 and no demands on the session (module authentication), and let the firewall limit it to that peer. The server's side stays unless a peer comes in.", SV: "Undanta klientsidan: LmCompatibilityLevel = 2 och inga krav på sessionen (modulen authentication), och låt brandväggen begränsa till den motparten. Serversidan står kvar om ingen motpart kommer in."},
	},
	"path-rules": {
		{EN: "Programs are allowed by path in a folder that the product says users write to.", SV: "Program tillåts med sökväg i en mapp där produkten säger att användare skriver."},
		{EN: "Rules by publisher, or else by hash.", SV: "Regler på utgivare, annars hash."},
	},
	"printing": {
		{EN: "The product prints, and the plan turns the spooler off or limits drivers.", SV: "Produkten skriver ut, och planen slår av utskriftshanteraren eller begränsar drivrutiner."},
		{EN: "Put the driver into the base; leave the spooler on.", SV: "Lägg drivrutinen i basen; låt utskriftshanteraren vara på."},
	},
	"product-against-product": {
		{EN: "What one product needs another forbids, or both need a thing that can be had in one way only.", SV: "Det en produkt behöver förbjuder en annan, eller båda behöver något som bara kan vara på ett sätt."},
		{EN: "Two clients, or an answer from both manufacturers.", SV: "Två klienter, eller svar från båda tillverkarna."},
	},
	"remote-service": {
		{EN: "The manufacturer comes in by remote desktop, WinRM or an agent, and a door is shut: it does not listen (Windows ships remote desktop off), nobody may log on that way, local accounts are turned away, or the firewall stops it.", SV: "Tillverkaren kommer in med fjärrskrivbord, WinRM eller en agent, och något är stängt: det lyssnar inte (Windows levereras med fjärrskrivbord avstängt), ingen får logga in den vägen, lokala konton avvisas, eller brandväggen stoppar."},
		{EN: "Declare the access, limited in time, in the module remote-access (input vendors); turn remote desktop on by an exception with value = 0; state the account in the product's file.", SV: "Ange åtkomsten, tidsbegränsad, i modulen remote-access (indata vendors); slå på fjärrskrivbord med ett undantag med value = 0; ange kontot i produktens fil."},
	},
	"restarts": {
		{EN: "Windows may restart by itself, and the product runs day and night or allows no restart.", SV: "Windows kan starta om av sig själv, och produkten går dygnet runt eller tillåter ingen omstart."},
		{EN: "A maintenance window in the module patching.", SV: "Ett underhållsfönster i modulen patching."},
	},
	"revocation": {
		{EN: "Outgoing traffic is blocked, and the product checks certificates.", SV: "Utgående trafik är stoppad, och produkten kontrollerar certifikat."},
		{EN: "Name the endpoints and the resolver in the module offline (Sjunet).", SV: "Ange adresserna och namnservern i modulen offline (Sjunet)."},
	},
	"scripts-and-libraries": {
		{EN: "Rules for scripts or libraries are enforced, and the product runs scripts or loads unsigned libraries.", SV: "Regler för skript eller bibliotek gäller, och produkten kör skript eller laddar osignerade bibliotek."},
		{EN: "Run the audit twin first (module mt-only, input mode).", SV: "Kör granskningsläget först (modulen mt-only, indata mode)."},
	},
	"services": {
		{EN: "A setting disables a service that the product needs, by its name or by the Start value of its key.", SV: "En inställning slår av en tjänst som produkten behöver, med tjänstens namn eller med värdet Start i dess nyckel."},
		{EN: "Skip the setting with an exception, or give it another value.", SV: "Hoppa över inställningen med ett undantag, eller ge den ett annat värde."},
	},
	"smb-signing": {
		{EN: "SMB signing is required, and a peer of the product cannot sign.", SV: "SMB-signering krävs, och en av produktens motparter kan inte signera."},
		{EN: "Except the client side only, and let the firewall limit it to that peer.", SV: "Undanta bara klientsidan och låt brandväggen begränsa till den motparten."},
	},
	"smb1": {
		{EN: "The product needs SMB 1, and the plan removes it from the client's side or leaves it off on a Windows that comes without it (1709 and later); or it is removed from the server's side, and a flow of the product comes in by it.", SV: "Produkten behöver SMB 1, och planen tar bort det på klientsidan eller låter det vara av på en Windows som levereras utan (1709 och senare); eller så är det borttaget på serversidan, och ett av produktens flöden kommer in med det."},
		{EN: "In the module smb, except no-smb1-client and client-without-smb1, and give smb1-feature the value enabled (on 1607: skip it); let the firewall limit it to that peer.", SV: "Undanta no-smb1-client och client-without-smb1 i modulen smb och ge smb1-feature värdet enabled (på 1607: hoppa över den); låt brandväggen begränsa till den motparten."},
	},
	"time-source": {
		{EN: "The product needs the right time, and the plan names no source of it: no time server, and a domain only where no product states that the client is a member of one.", SV: "Produkten behöver rätt tid, och planen anger ingen tidskälla: ingen tidsserver, och domänen bara där ingen produkt anger att klienten är med i en."},
		{EN: "Time servers in the module monitoring (input time_servers), or needs.domain = true where the client is in a domain.", SV: "Tidsservrar i modulen monitoring (indata time_servers), eller needs.domain = true där klienten är med i en domän."},
	},
	"tls": {
		{EN: "TLS 1.0 or 1.1 is off, and the product needs it.", SV: "TLS 1.0 eller 1.1 är av, och produkten behöver det."},
		{EN: "Except the client side only, and let the firewall limit it to that peer.", SV: "Undanta bara klientsidan och låt brandväggen begränsa till den motparten."},
	},
	"usb": {
		{EN: "USB storage or the installation of devices is restricted, and the product needs a USB device.", SV: "USB-lagring eller installation av enheter är begränsad, och produkten behöver en USB-enhet."},
		{EN: "Allow the device by its number (module removable-media); put its driver into the base.", SV: "Tillåt enheten med dess nummer (modulen removable-media); lägg drivrutinen i basen."},
	},
	"virtual-consent": {
		{EN: "The client is virtual, and the manufacturer's consent is not stated.", SV: "Klienten är virtuell, och tillverkarens medgivande är inte angivet."},
		{EN: "Consent in writing, or a physical client.", SV: "Skriftligt medgivande, eller en fysisk klient."},
	},
	"wdac-policies": {
		{EN: "Several code-integrity policies on a Windows that enforces one only.", SV: "Flera kodintegritetspolicyer på en Windows som bara tillämpar en."},
		{EN: "Merge them (Merge-CIPolicy), and place the result.", SV: "Slå ihop dem (Merge-CIPolicy) och lägg in resultatet."},
	},
}
